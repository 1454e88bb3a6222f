/** What the suite calls. After a change: `npm run pnpm -- --filter @doorcall/bench gen`. */
import { defineService, stream } from '@doorcall/core';
import { blob } from '@doorcall/core/zod';
import { z } from 'zod';
import { OrderEvent } from '../events.js';

/** Checked by every party, with or without doorcall. */
export const Bytes = z.instanceof(Uint8Array);

export const streams = defineService('streams', {
  nothing: {},
  event: { output: OrderEvent },
  events: { output: stream(OrderEvent) },
  eventsAtOnce: { output: stream(OrderEvent) },
  chunks: { output: stream(Bytes) },
  blobs: { output: stream(blob()) },
  upload: { input: Bytes, output: z.int() },
  onePlace: { input: blob(), output: z.int() },
  sum: { input: blob(), output: z.number() },
  sumOfView: { input: blob(), output: z.number() },
});
