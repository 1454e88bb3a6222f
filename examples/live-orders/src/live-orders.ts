import { defineService, stream } from '@doorcall/core';
import { z } from 'zod';

export const NewOrder = z.object({
  customer: z.string().min(1).max(100),
  sku: z.string().min(1).max(100),
  quantity: z.int().positive(),
});

export const OrderEvent = z.object({
  /** Counts up from 1: whoever was cut off says which one it saw last. */
  sequence: z.int().positive(),
  id: z.string(),
  order: NewOrder,
  status: z.enum(['placed', 'packed', 'sent']),
});
export type OrderEvent = z.output<typeof OrderEvent>;

export const orders = defineService('live-orders', {
  place: { input: NewOrder, output: z.object({ id: z.string() }) },
  /** What happens to orders, from the event after that one on; it does not end by itself. */
  watch: {
    input: z.object({ customer: z.string().optional(), after: z.int().min(0) }),
    output: stream(OrderEvent),
  },
  /** How many watch at this moment. */
  watching: { output: z.int() },
});
