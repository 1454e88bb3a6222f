import { deepStrictEqual } from 'node:assert/strict';
import { partiesOf, type Way } from '../doorcall/ways.js';
import { eventAt, lookAtEvent, type OrderEvent } from '../events.js';
import { callsInFlight, readingStream } from '../loops.js';
import type { Measure, Scenario } from '../party.js';

const inFlight = 64;

const ways: Readonly<Record<string, Way>> = {
  stream: {
    summary: 'a server stream, its handler an async generator',
    measure: (client) => reading(() => client.events()),
  },
  'stream-iterable': {
    summary: 'the same with a handler that is a synchronous generator (shown, no target)',
    measure: (client) => reading(() => client.eventsAtOnce()),
  },
  unary64: {
    summary: `a unary call for each event, ${inFlight} in flight`,
    measure: (client) => callsInFlight(inFlight, () => client.event(), lookAtEvent),
  },
};

function reading(open: () => AsyncIterable<OrderEvent>): Measure {
  const measure = readingStream(open, lookAtEvent);
  return async (durationMs) => {
    await assertOrder(open);
    return await measure(durationMs);
  };
}

/** @throws unless the stream begins with all samples in their order, twice */
async function assertOrder(open: () => AsyncIterable<OrderEvent>): Promise<void> {
  let index = 0;
  for await (const event of open()) {
    deepStrictEqual({ ...event }, eventAt(index));
    index += 1;
    if (index === 32) return;
  }
  throw new Error(`the stream ended after ${index} events`);
}

export const stream100: Scenario = {
  summary: 'messages of 100 bytes from server to client',
  unit: 'messages',
  bytes: 100,
  compareBy: 'perSecond',
  parties: partiesOf(ways),
};
