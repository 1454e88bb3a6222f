/** The loops that measure. The clock is read once in 64 operations where these overlap, in every way to make them. */
import { Recorder } from '@doorcall/load';
import type { Measure } from './party.js';

/** Looks at what has come. @throws when it is not what was sent */
export type Look<Item> = (item: Item) => void;

const isTimeToLook = (operations: number) => (operations & 63) === 0;

/** Reads a stream for as long as the window lasts, and leaves it. */
export function readingStream<Item>(open: () => AsyncIterable<Item>, look: Look<Item>): Measure {
  return async (durationMs) => {
    const start = performance.now();
    let elapsedMs = 0;
    let operations = 0;
    for await (const item of open()) {
      look(item);
      operations += 1;
      if (!isTimeToLook(operations)) continue;
      elapsedMs = performance.now() - start;
      if (elapsedMs >= durationMs) break;
    }
    if (elapsedMs < durationMs) throw new Error(`the stream ended after ${operations} items`);
    return { operations, elapsedMs };
  };
}

/** Keeps so many calls in flight. */
export function callsInFlight<Answer>(
  count: number,
  call: () => Promise<Answer>,
  look: Look<Answer>,
): Measure {
  return async (durationMs) => {
    const start = performance.now();
    let operations = 0;
    let over = false;
    const loop = async () => {
      while (!over) {
        look(await call());
        operations += 1;
        if (isTimeToLook(operations)) over = performance.now() - start >= durationMs;
      }
    };
    await Promise.all(Array.from({ length: count }, loop));
    return { operations, elapsedMs: performance.now() - start };
  };
}

/** One call after the other, each timed. */
export function roundTrips(call: (turn: number) => Promise<void>): Measure {
  return async (durationMs) => {
    const recorder = new Recorder();
    const start = performance.now();
    const end = start + durationMs;
    let turn = 0;
    // The end of one is the start of the next.
    let before = start;
    while (before < end) {
      await call(turn);
      const after = performance.now();
      recorder.record((after - before) * 1e6);
      before = after;
      turn += 1;
    }
    return { operations: turn, elapsedMs: before - start, p50Us: recorder.finish().summary().p50Us };
  };
}

/** Work of one process, without waiting for anybody. */
export function plainWork(work: (turn: number) => void): Measure {
  return async (durationMs) => {
    const start = performance.now();
    let elapsedMs = 0;
    let operations = 0;
    while (elapsedMs < durationMs) {
      for (let i = 0; i < 16; i++) work(operations + i);
      operations += 16;
      elapsedMs = performance.now() - start;
    }
    return { operations, elapsedMs };
  };
}
