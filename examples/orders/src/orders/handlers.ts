import { isDeepStrictEqual } from 'node:util';
import type { Handlers } from '@doorcall/core';
import type { orders } from '../contracts/orders.gen.js';
import type { OrderBook } from './order-book.js';
import type { Settlement } from './settlement.js';

export function orderHandlers(book: OrderBook, settlement: Settlement): Handlers<typeof orders> {
  return {
    async place(request, ctx) {
      const { id, customer, lines } = request;
      const order = book.open(request);
      if (order.customer !== customer || !isDeepStrictEqual(order.lines, lines)) {
        throw ctx.error('ID_TAKEN', { id });
      }
      const settled = order.status === 'pending' ? await settlement.settle(order) : order;
      if (settled.status === 'rejected') throw ctx.error('OUT_OF_STOCK', { sku: settled.missingSku! });
      return settled;
    },

    find({ id }, ctx) {
      const order = book.find(id);
      if (order === undefined) throw ctx.error('NO_SUCH_ORDER');
      return order;
    },

    summary() {
      return book.counts();
    },
  };
}
