import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';

/** What most tests call. */
export const echo = defineService('echo', {
  say: { input: z.string(), output: z.string() },
  nothing: {},
  note: { input: z.string(), oneway: true },
});

/** Handlers of its methods that a test does not look at. */
export const quiet = { nothing: () => {}, note: () => {} };

/** Values that JSON would lose. */
export const values = defineService('values', {
  mirror: {
    input: z.object({
      date: z.date(),
      big: z.bigint(),
      map: z.map(z.string(), z.number()),
      set: z.set(z.string()),
      bytes: z.instanceof(Uint8Array),
      missing: z.string().optional(),
      nested: z.object({ list: z.array(z.object({ name: z.string(), tags: z.array(z.string()) })) }),
      nothing: z.null(),
      real: z.number(),
    }),
    output: z.unknown(),
  },
});

/** Payloads of any size in both directions. */
export const blobs = defineService('blobs', {
  /** Answers with the length. */
  upload: { input: z.instanceof(Uint8Array), output: z.number() },
  /** Answers with that many bytes. */
  download: { input: z.number(), output: z.instanceof(Uint8Array) },
  reverse: { input: z.instanceof(Uint8Array), output: z.instanceof(Uint8Array) },
});

/** Failures of every kind. */
export const shop = defineService('shop', {
  buy: {
    input: z.object({ sku: z.string().min(2), count: z.number().int() }),
    output: z.object({ id: z.string() }),
    errors: {
      OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: z.object({ left: z.number() }) },
      CLOSED: { code: 'UNAVAILABLE' },
    },
  },
  check: { input: z.string().refine(async (text) => text !== 'bad'), output: z.string() },
});
