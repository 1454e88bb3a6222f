import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import type { RawClient } from './raw-client.js';
import { gate, until } from './waiting.js';

const bytes = z.instanceof(Uint8Array);

export const feed = defineService('feed', {
  /** Reads when it is told to. */
  put: { input: stream(bytes), output: z.number() },
  /** Reads at once. */
  read: { input: stream(bytes), output: z.number() },
  /** Answers without reading. */
  early: { input: stream(bytes), output: z.string() },
  /** Never ends. */
  watch: { output: stream(bytes) },
  say: { input: z.string(), output: z.string() },
});

export const WINDOW = { streamWindowBytes: 2_048, streamWindowItems: 4 };
export const MORE = { flags: Flag.more };

export async function servePatiently(world: World, maxInFlightPerConnection = 10) {
  const reading = gate();
  async function count(items: AsyncIterable<Uint8Array>): Promise<number> {
    let length = 0;
    for await (const item of items) length += item.length;
    return length;
  }
  const server = await world.serve(
    feed,
    {
      async put(items) {
        await reading.opened;
        return count(items);
      },
      read: count,
      early: () => 'early',
      async *watch(_, ctx) {
        yield new Uint8Array(1);
        await new Promise((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)),
        );
      },
      async say(text) {
        if (text === 'wait') await reading.opened;
        return text;
      },
    },
    { limits: { ...WINDOW, maxInFlightPerConnection }, maxMessageBytes: 4_096 },
  );
  return { server, reading };
}

/** A call whose handler has not read yet, with an item that it has not read. */
export function beginToPut(raw: RawClient, callId = 1): void {
  raw.call(Kind.request, 'put', undefined, callId);
  raw.item('put', callId, new Uint8Array(1));
}

export async function answered(raw: RawClient, callId: number): Promise<void> {
  await until(() => raw.answersTo(callId).length === 1);
}
