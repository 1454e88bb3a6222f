/** The processes of a trial, as they are built: they are started by file name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Latencies } from '@doorcall/load';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { monotonicMs } from '../../src/lab/clock.js';
import { callTogether } from '../../src/lab/measure-together.js';
import { measureOpen } from '../../src/lab/open-loop.js';
import { type Layout, onePair, type Stage } from '../../src/lab/stage.js';
import { suites } from '../../src/lab/suites/index.js';
import { clientSurroundings } from '../../src/surroundings.js';
import type { Connection } from '../../src/transport.js';
import { transport } from '../../src/transports/net-unix.js';

const built: typeof import('../../src/lab/stage.js') = await import(
  new URL('../../dist/lab/stage.js', import.meta.url).href
);

const seats = { server: undefined, client: undefined };
let stage: Stage | undefined;
let server: ChildProcess | undefined;
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stage-test-'));
});
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
  server?.kill('SIGKILL');
  server = undefined;
  rmSync(directory, { recursive: true, force: true });
});

async function open(layout: Partial<Layout>): Promise<Stage> {
  const opened = await built.Stage.open(
    'net-unix',
    { ...onePair, ...layout },
    seats,
    new AbortController().signal,
  );
  stage = opened;
  return opened;
}

/** A server in a process of its own, with a client in this one. */
async function connectTo(program: URL): Promise<Connection> {
  server = spawn(process.execPath, [fileURLToPath(program), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [address] = await once(server.stdout!.setEncoding('utf8'), 'data');
  return await transport.connect(String(address).trim(), clientSurroundings(program));
}

const orders = { content: { series: 'order' }, concurrency: 1, minCalls: 1 } as const;

describe('clients of one server', () => {
  it('are all warmed up', async () => {
    const { clients } = await open({ clients: 3 });
    const before = (await stage!.usage()).clients;
    await stage!.warmUp({ ...orders, durationMs: 0 }, { windowMs: 200, minMs: 600, maxMs: 600 });
    const after = (await stage!.usage()).clients;
    expect(clients).toHaveLength(3);
    // One that makes no calls uses a fraction of a millisecond.
    for (const [i, { cpuUs }] of after.entries()) expect(cpuUs - before[i]!.cpuUs).toBeGreaterThan(5_000);
  });

  it('begin at one instant, and say when they did by one clock', async () => {
    await open({ clients: 3 });
    const told = monotonicMs();
    const results = await callTogether(stage!, { ...orders, durationMs: 50 }, 500);
    const over = monotonicMs();
    for (const { startMs, endMs } of results) {
      expect(startMs).toBeGreaterThanOrEqual(told + 500);
      expect(endMs).toBeGreaterThanOrEqual(startMs + 50);
      expect(endMs).toBeLessThanOrEqual(over);
    }
  });
});

describe('a chain', () => {
  it('has every order placed by its last server', async () => {
    const { client } = await open({ servers: 2 });
    const before = await stage!.placedByLast();
    const { latencies } = await client.ask('measure', { load: { ...orders, durationMs: 50, minCalls: 25 } });
    const { calls } = Latencies.merge([latencies]);
    expect(calls).toBeGreaterThanOrEqual(25);
    expect((await stage!.placedByLast()) - before).toBe(calls);
  });

  it('is not measured when they do not come there', async () => {
    await open({ servers: 2 });
    stage!.placedByLast = async () => 0;
    await expect(suites.chain.measure(stage!, {}, 20, () => true)).rejects.toThrow(
      /^of \d+ orders, 0 came to the last server$/,
    );
  });
});

describe('an open loop', () => {
  it('shows a stall of the server in every call that should have begun meanwhile', async () => {
    const connection = await connectTo(new URL('./stalling-server.js', import.meta.url));
    try {
      const load = { content: { series: 'order' }, ratePerSecond: 1_000, durationMs: 1_000 } as const;
      const { latencies, generator } = await measureOpen(connection, load);
      const all = Latencies.merge([latencies]);
      expect(generator.due).toBe(1_000);
      // Where the machine itself stands still at the very end, some never start.
      expect(all.calls + generator.neverStarted).toBe(1_000);
      // The server stood still for 200 ms: of the 200 calls that were due, half waited for at least half of it.
      expect(all.percentileUs(100)).toBeGreaterThan(195_000);
      expect(all.countFrom(100_000)).toBeGreaterThanOrEqual(95);
    } finally {
      await connection.close();
    }
  });
});
