/**
 * The call that every transport makes: an order of about 100 bytes in, a receipt out, checked by one schema.
 */
import { z } from 'zod';

export const Order = z.object({
  customer: z.string().min(1).max(40),
  sku: z.string().min(1).max(40),
  quantity: z.int().positive(),
  unitPriceCents: z.int().nonnegative(),
  currency: z.enum(['EUR', 'USD', 'GBP']),
  express: z.boolean(),
});
export type Order = z.infer<typeof Order>;

export const Receipt = z.object({ id: z.string(), totalCents: z.int() });
export type Receipt = z.infer<typeof Receipt>;

/** What the service does with an order that has been checked. */
export function placeOrder(order: Order): Receipt {
  return { id: `${order.sku}/${order.customer}`, totalCents: order.quantity * order.unitPriceCents };
}

/**
 * The whole of a server's work for transports that do not validate by themselves.
 *
 * @throws ZodError when the order is not valid
 */
export function answerOrder(untrusted: unknown): Receipt {
  return placeOrder(Order.parse(untrusted));
}

/** Orders of equal size and different content, so that no layer can profit from seeing the same bytes again. */
export const sampleOrders: readonly Order[] = Array.from({ length: 16 }, (_, i) => ({
  customer: `customer-${20417 + i}`,
  sku: `widget-${7731 + i * 7}`,
  quantity: 1 + (i % 9),
  unitPriceCents: 1099 + i * 50,
  currency: 'EUR',
  express: i % 2 === 0,
}));

/** An order that every server has to refuse: a transport that lets it pass does less work than the others. */
export const invalidOrder: Order = { ...sampleOrders[0]!, quantity: -1 };

/** Whether the receipt is the one for this order; catches an answer that belongs to another call. */
export function isReceiptFor(order: Order, receipt: Receipt): boolean {
  return receipt.totalCents === order.quantity * order.unitPriceCents && receipt.id.length > order.sku.length;
}

/** Size of a sample order as JSON. */
export const payloadBytes = Buffer.byteLength(JSON.stringify(sampleOrders[0]));
