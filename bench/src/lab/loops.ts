/** The loops that make calls one after the other and note how long each took: a closed loop. */
import type { Connection } from '../transport.js';
import { asyncExchange, type Exchange, type Load, syncExchange } from './load.js';

/** Where the nanoseconds of each call go. */
export interface Sink {
  record(nanoseconds: number): void;
}

/** @returns the milliseconds from the first call to the end of the last */
export async function drive(connection: Connection, load: Load, sink: Sink): Promise<number> {
  if (connection.mode === 'sync') {
    const exchange = syncExchange(connection, load.content);
    const start = performance.now();
    backToBackSync(exchange, load, start, sink);
    return performance.now() - start;
  }
  const exchange = asyncExchange(connection, load.content);
  const start = performance.now();
  const loops = Array.from({ length: load.concurrency }, (_, i) => {
    return backToBack(exchange, { ...load, minCalls: load.minCalls / load.concurrency }, i, start, sink);
  });
  await Promise.all(loops);
  return performance.now() - start;
}

// One reading of the clock a call: the end of one is the start of the next, with only the note between them.

async function backToBack(
  exchange: Exchange<Promise<unknown>>,
  { durationMs, minCalls, maxMs = Infinity }: Load,
  first: number,
  start: number,
  sink: Sink,
): Promise<void> {
  let before = performance.now();
  let made = 0;
  for (let i = first; before - start < durationMs || (made < minCalls && before - start < maxMs); i++) {
    made += 1;
    const answer = await exchange.send(i);
    const after = performance.now();
    if (!exchange.isAnswer(i, answer)) throw wrongAnswer(answer);
    sink.record((after - before) * 1e6);
    before = after;
  }
}

function backToBackSync(
  exchange: Exchange<unknown>,
  { durationMs, minCalls, maxMs = Infinity }: Load,
  start: number,
  sink: Sink,
): void {
  let before = performance.now();
  for (let i = 0; before - start < durationMs || (i < minCalls && before - start < maxMs); i++) {
    const answer = exchange.send(i);
    const after = performance.now();
    if (!exchange.isAnswer(i, answer)) throw wrongAnswer(answer);
    sink.record((after - before) * 1e6);
    before = after;
  }
}

export function wrongAnswer(answer: unknown): Error {
  return new Error(`an answer that does not belong to its call: ${JSON.stringify(answer)?.slice(0, 200)}`);
}
