/** What a client does between two calls. */
import { setTimeout as sleep } from 'node:timers/promises';

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Up to 100 µs the client computes, as a caller does that handles an answer; up to 1 ms it blocks its thread
 * in the kernel, the only way to sleep so briefly in Node; beyond that it waits for a timer and the event
 * loop turns, as in a service that has nothing to do.
 *
 * @returns a promise only where it has to: awaiting nothing would cost a turn of its own
 */
export function pause(gapUs: number): Promise<void> | undefined {
  if (gapUs === 0) return undefined;
  if (gapUs <= 100) {
    const end = performance.now() + gapUs / 1_000;
    while (performance.now() < end);
    return undefined;
  }
  if (gapUs < 1_000) {
    Atomics.wait(sleeper, 0, 0, gapUs / 1_000);
    return undefined;
  }
  return sleep(gapUs / 1_000);
}
