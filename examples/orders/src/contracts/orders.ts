import { defineService } from '@doorcall/core';
import { z } from 'zod';
import { Lines, Shortage, Sku } from './line.js';

const OrderId = z.uuid();

/** What a customer sends. Whoever makes the id can send the order again without ordering twice. */
export const OrderRequest = z.object({
  id: OrderId,
  customer: z.string().min(1).max(200),
  lines: Lines,
});
export type OrderRequest = z.output<typeof OrderRequest>;

export const Order = OrderRequest.extend({
  /** `pending` until the inventory's answer is known. */
  status: z.enum(['pending', 'placed', 'rejected']),
  /** What there was not enough of; only when rejected. */
  missingSku: Sku.optional(),
  createdAt: z.iso.datetime(),
});
export type Order = z.output<typeof Order>;

/** Who accepts orders and remembers them. */
export const orders = defineService('orders', {
  /** Idempotent by the order's id. */
  place: {
    input: OrderRequest,
    output: Order,
    errors: {
      OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: Shortage },
      /** The id belongs to an order with another content. */
      ID_TAKEN: { code: 'ALREADY_EXISTS', data: z.object({ id: OrderId }) },
    },
  },
  find: {
    input: z.object({ id: OrderId }),
    output: Order,
    errors: { NO_SUCH_ORDER: { code: 'NOT_FOUND' } },
  },
  /** How many orders there are of each status. */
  summary: {
    output: z.object({ pending: z.int(), placed: z.int(), rejected: z.int() }),
  },
});
