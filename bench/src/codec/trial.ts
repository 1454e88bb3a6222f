/** What is done with one contestant and one payload, in a process that does nothing else. */
import { deepStrictEqual } from 'node:assert';
import type { RoundTrip } from './contestant.js';
import type { Payload } from './payloads/payload.js';

/**
 * Makes sure that the contestant does the work: values come back as zod gives them, and one that is not valid does
 * not come back.
 *
 * @returns the encoded size of each variant, in bytes
 * @throws when it does not
 */
export function check({ schema, variants, invalid }: Payload, roundTrip: RoundTrip): number[] {
  // Twice: a codec may have learned something from the first values.
  const sizes = [...variants, ...variants].map((value) => {
    const bytes = roundTrip.encode(value);
    const size = roundTrip.sizeOf(bytes);
    deepStrictEqual(roundTrip.decode(bytes), schema.parse(value));
    return size;
  });
  let accepted: unknown;
  try {
    accepted = roundTrip.decode(roundTrip.encode(invalid));
  } catch {
    return sizes.slice(variants.length);
  }
  throw new Error(`an invalid value is accepted: ${JSON.stringify(accepted).slice(0, 200)}`);
}

/** Where results are put, so that no compiler finds out that nobody looks at them. */
const results: unknown[] = [];

/** @returns ns that it takes to encode, decode and validate one value, on average over the window */
export function timeRoundTrip(variants: readonly unknown[], roundTrip: RoundTrip, windowMs: number): number {
  return timeCycles(windowMs, variants.length, () => {
    for (let i = 0; i < variants.length; i++) results[i] = roundTrip.decode(roundTrip.encode(variants[i]));
  });
}

/** @returns ns that it takes to encode one value, on average over the window */
export function timeEncode(variants: readonly unknown[], roundTrip: RoundTrip, windowMs: number): number {
  return timeCycles(windowMs, variants.length, () => {
    for (let i = 0; i < variants.length; i++) results[i] = roundTrip.encode(variants[i]);
  });
}

/** All variants between two looks at the clock: they are of different size. */
function timeCycles(windowMs: number, size: number, runCycle: () => void): number {
  const begin = performance.now();
  let elapsedMs = 0;
  let cycles = 0;
  while (elapsedMs < windowMs) {
    runCycle();
    cycles += 1;
    elapsedMs = performance.now() - begin;
  }
  return (elapsedMs * 1e6) / (cycles * size);
}
