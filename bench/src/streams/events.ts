/** The message of the stream of small messages: 100 bytes in MessagePack, about as many in generated code's format. */
import { z } from 'zod';

export const OrderEvent = z.object({
  sequence: z.int(),
  at: z.number(),
  state: z.enum(['placed', 'paid', 'sent', 'returned']),
  customer: z.string().min(1).max(40),
  sku: z.string().min(1).max(40),
  place: z.string().max(80),
});
export type OrderEvent = z.infer<typeof OrderEvent>;

const first = 2_041_700;

/** Events of equal size and different content, so that no layer can profit from seeing the same bytes again. */
export const sampleEvents: readonly OrderEvent[] = Array.from({ length: 16 }, (_, i) => ({
  sequence: first + i,
  at: 1_767_225_600.125 + i * 0.25,
  state: 'paid',
  customer: `customer-${20_417 + i}`,
  sku: `widget-${7_731 + i * 7}`,
  place: `warehouse ${31 + i}, storey ${21 + i}, aisle ${11 + i}, shelf ${71 + i}, box ${51 + i}`,
}));

/** The event of a stream at this place, and of a server's so many-th call. */
export function eventAt(index: number): OrderEvent {
  return sampleEvents[index & 15]!;
}

/** @throws when it is not one of the samples */
export function lookAtEvent(event: OrderEvent): void {
  if (sampleEvents[event.sequence - first]?.sku !== event.sku) {
    throw new Error(`an event that nobody sent: ${JSON.stringify(event)}`);
  }
}
