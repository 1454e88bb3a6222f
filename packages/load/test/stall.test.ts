/** What the open loop is for, with a real server in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, defineService } from '@doorcall/core';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { closedLoop, openLoop } from '../src/index.js';

const stalls = defineService('stalls', {
  answer: { input: z.object({ stallMs: z.number() }), output: z.void() },
});

async function connected() {
  const directory = mkdtempSync(path.join(tmpdir(), 'doorcall-load-'));
  const server = fork(path.join(import.meta.dirname, 'fixtures', 'stalling-server.mjs'), [directory]);
  const client = connect(stalls, { directory });
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await client.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await once(server, 'message');
  await client.ready();
  return client;
}

const stallMs = 100;
const half = (stallMs / 2) * 1_000;
/** Which of a thousand calls tells the server to stand still. */
const stalling = 300;

// Where few calls may be in flight, or one as with synchronous calls, the others begin late: their latency has to count
// from when they were due all the same.
it.each([
  ['of which any number is in flight', { maxInFlight: 1_000 }, 'async'],
  ['of which four are in flight', { maxInFlight: 4 }, 'async'],
  ['of which one blocks the thread', {}, 'sync'],
] as const)(
  'a server that stalls once is seen by all calls that are due meanwhile, %s',
  async (_, options, kind) => {
    const client = await connected();
    const method = kind === 'sync' ? client.answer.sync : client.answer;
    const call = (index: number) => method({ stallMs: index === stalling ? stallMs : 0 });
    const result = await openLoop({ call, ratePerSecond: 1_000, durationMs: 1_000, ...options });
    const { latencies, failures, calls, neverStarted } = result;
    expect(failures.calls).toBe(0);
    // Where the machine itself stands still at the very end, some never start.
    expect(calls + neverStarted).toBe(1_000);
    expect(calls).toBeGreaterThan(stalling + stallMs);
    expect(latencies.percentileUs(100)).toBeGreaterThanOrEqual(stallMs * 1_000);
    // One is due each millisecond: those of the first 50 ms waited 50 ms or more, however fast the machine is. How many
    // more there are is the machine's doing; a test in virtual time looks at that.
    expect(latencies.countFrom(half)).toBeGreaterThanOrEqual(49);
  },
);

it('a server that stalls once is seen by one call of a closed loop', async () => {
  const client = await connected();
  const call = (index: number) => client.answer({ stallMs: index === stalling ? stallMs : 0 });
  const { counts, latencies } = await closedLoop({ call, requests: 1_000 });
  expect(counts).toEqual({ OK: 1_000 });
  expect(latencies.percentileUs(100)).toBeGreaterThanOrEqual(stallMs * 1_000);
  // Others are slow only where the machine stands still of itself.
  expect(latencies.countFrom(half)).toBeLessThan(49 / 2);
  expect(latencies.percentileUs(96)).toBeLessThan(half);
});

it('makes every call at any rate, and lets others have their turn', async () => {
  const client = await connected();
  for (const [ratePerSecond, requests] of [
    [100, 30],
    [5_000, 1_000],
    [400_000, 20_000],
  ] as const) {
    let turns = 0;
    let over = false;
    const count = () => {
      turns++;
      if (!over) setTimeout(count, 1);
    };
    count();
    const result = await openLoop({ call: () => client.answer({ stallMs: 0 }), ratePerSecond, requests });
    over = true;
    expect(result).toMatchObject({ counts: { OK: requests }, due: requests, neverStarted: 0 });
    expect(turns).toBeGreaterThan(1);
  }
});
