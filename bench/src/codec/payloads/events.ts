import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

/** @param at how the moment is written: it is a Date, or text in JSON */
function eventsWith<At extends z.ZodType>(at: At) {
  const common = { at, session: z.string().max(40) };
  const Event = z.discriminatedUnion('type', [
    z.object({ type: z.literal('view'), ...common, path: z.string(), referrer: z.string().nullable() }),
    z.object({ type: z.literal('click'), ...common, target: z.string(), x: z.int(), y: z.int() }),
    z.object({
      type: z.literal('search'),
      ...common,
      query: z.string().max(200),
      results: z.int().nonnegative(),
    }),
    z.object({ type: z.literal('purchase'), ...common, order: z.string(), totalCents: z.int().positive() }),
    z.object({ type: z.literal('error'), ...common, message: z.string(), fatal: z.boolean() }),
  ]);
  return z.object({ source: z.string(), events: z.array(Event).max(500) });
}

const Events = eventsWith(z.date());
const JsonEvents = eventsWith(z.iso.datetime());
type Event = z.infer<typeof Events>['events'][number];

export const payload = definePayload({
  summary: 'a batch of 20 events of five kinds, told apart by their type (dates are text in JSON)',
  schema: Events,
  variant(index) {
    const samples = new Samples(index);
    return { source: `web-${samples.integer(1, 40)}`, events: samples.list(20, () => event(samples)) };
  },
  invalid({ source, events }) {
    const free: Event = { type: 'purchase', at: new Date(0), session: 'x', order: 'none', totalCents: 0 };
    return { source, events: [...events, free] };
  },
  json: {
    schema: JsonEvents,
    // `JSON.stringify` turns each Date into text by itself.
    toJson: (batch) => batch as unknown as z.infer<typeof JsonEvents>,
    fromJson(batch) {
      for (const event of batch.events as { at: string | Date }[]) event.at = new Date(event.at);
      return batch as unknown as z.infer<typeof Events>;
    },
  },
});

function event(samples: Samples): Event {
  const common = {
    at: new Date(1_790_000_000_000 + samples.integer(0, 1_000_000_000)),
    session: samples.hex(16),
  };
  switch (samples.integer(0, 4)) {
    case 0:
      return {
        type: 'view',
        ...common,
        path: `/${samples.words(3).replaceAll(' ', '/')}`,
        referrer: samples.chance(0.5) ? null : `https://example.org/${samples.hex(8)}`,
      };
    case 1:
      return {
        type: 'click',
        ...common,
        target: `#${samples.words(1)}-${samples.hex(2)}`,
        x: samples.integer(0, 2_560),
        y: samples.integer(0, 1_440),
      };
    case 2:
      return { type: 'search', ...common, query: samples.words(3), results: samples.integer(0, 500) };
    case 3:
      return {
        type: 'purchase',
        ...common,
        order: samples.uuid(),
        totalCents: samples.integer(99, 500_000),
      };
    default:
      return { type: 'error', ...common, message: samples.words(7), fatal: samples.chance(0.2) };
  }
}
