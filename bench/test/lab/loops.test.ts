/** When a closed loop ends. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Load } from '../../src/lab/load.js';
import { drive } from '../../src/lab/loops.js';
import type { Order } from '../../src/payload.js';
import type { Connection } from '../../src/transport.js';
import { work } from '../../src/work.js';

const place = (order: Order) => {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return work.place(order);
};
const others = {
  echo: () => {
    throw new Error('not here');
  },
  bytes: () => {
    throw new Error('not here');
  },
  close: async () => {},
};
/** Each call takes a millisecond. */
const connections: Record<string, Connection> = {
  async: {
    mode: 'async',
    ...others,
    async place(order) {
      await turn();
      return place(order) as Awaited<ReturnType<typeof work.place>>;
    },
  },
  sync: { mode: 'sync', ...others, place: (order) => place(order) as never },
};

async function callsOf(connection: Connection, load: Partial<Load>): Promise<number> {
  let calls = 0;
  const count = { record: () => void calls++ };
  await drive(
    connection,
    { content: { series: 'order' }, concurrency: 1, durationMs: 0, minCalls: 1, ...load },
    count,
  );
  return calls;
}

describe.each(Object.entries(connections))('a closed loop of %s calls', (_, connection) => {
  it('goes on until it has as many calls as it shall have', async () => {
    expect(await callsOf(connection, { durationMs: 2, minCalls: 40 })).toBe(40);
  });

  it('but no longer than it may', async () => {
    const calls = await callsOf(connection, { durationMs: 2, minCalls: 10_000, maxMs: 30 });
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(31);
  });
});
