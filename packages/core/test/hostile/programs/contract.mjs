// The service that is attacked. Hostile peers know its methods by their numbers (peer/call_rows.py).
import { openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineService, ownFd, stream } from '../../../dist/index.js';
import { fd } from '../../../dist/zod.js';

const bytes = z.instanceof(Uint8Array);

export const target = defineService('target', {
  echo: { input: z.string(), output: z.string() },
  note: { input: z.string(), oneway: true },
  watch: { input: z.string(), output: stream(z.string()) },
  upload: { input: stream(z.string()), output: z.number() },
  /** One item, and nothing more: what is sent is known. */
  drip: { input: stream(z.string()), output: stream(z.string()) },
  /** One descriptor as an item. */
  feed: { input: z.string(), output: stream(fd()) },
  /** One descriptor there, and one back. */
  keep: { input: fd(), output: z.string() },
  lend: { input: z.string(), output: fd() },
  /** Never answers before it is cancelled. */
  hold: { input: z.string(), output: z.string() },
  mirror: { input: z.unknown(), output: z.unknown() },
  /** Larger than any ring, in both directions; not by more, as each MB takes a millisecond of whoever sends it. */
  big: { input: z.string(), output: bytes },
  order: {
    input: z.object({ name: z.string(), tags: z.array(z.string()) }),
    output: z.object({ name: z.string(), tags: z.array(z.string()) }),
  },
});

const NOTE_MS = 500;
const LARGE = new Uint8Array(200_000);

export const handlers = {
  echo: (text) => text,
  /** Credit is not given back before a whole window has come. */
  note: () => sleep(NOTE_MS),
  async *watch(text, { signal }) {
    while (!signal.aborted) {
      yield text;
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  /** Reads nothing: what comes stays in the window. */
  upload: (_, { signal }) => aborted(signal),
  hold: (_, { signal }) => aborted(signal),
  async *drip(_, { signal }) {
    yield 'x';
    await aborted(signal);
  },
  async *feed(_, { signal }) {
    yield descriptor();
    await aborted(signal);
  },
  keep(descriptor) {
    descriptor.close();
    return 'x';
  },
  lend: () => descriptor(),
  mirror: (value) => value,
  big: () => LARGE,
  order: (order) => order,
};

const descriptor = () => ownFd(openSync('/dev/null'));

function aborted(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('cancelled')), { once: true });
  });
}
