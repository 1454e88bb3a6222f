/** What the servers of the bench do, and the checks for transports that do not validate by themselves. */
import { Bytes, Document, Order, Receipt } from './payload.js';
import type { CheckedAnswers, CheckedWork, Work } from './transport.js';

/** Places an order by itself, and gives back what else it gets. */
export const work: Work = {
  place: (order) => ({
    id: `${order.sku}/${order.customer}`,
    totalCents: order.quantity * order.unitPriceCents,
  }),
  echo: (document) => document,
  bytes: (bytes) => bytes,
};

/** The same work behind the schemas. */
export function checkedWork({ place, echo, bytes }: Work): CheckedWork {
  return {
    place: (untrusted) => place(Order.parse(untrusted)),
    echo: (untrusted) => echo(Document.parse(untrusted)),
    bytes: (untrusted) => bytes(Bytes.parse(untrusted)),
  };
}

export const checkedAnswers: CheckedAnswers = {
  receipt: (untrusted) => Receipt.parse(untrusted),
  document: (untrusted) => Document.parse(untrusted),
  bytes: (untrusted) => Bytes.parse(untrusted),
};
