/** The processes of a trial, as they are built: they are started by file name. */
import { afterEach, describe, expect, it } from 'vitest';
import { monotonicMs } from '../../src/lab/clock.js';
import { callTogether } from '../../src/lab/measure-together.js';
import { type Layout, onePair, type Stage } from '../../src/lab/stage.js';

const built: typeof import('../../src/lab/stage.js') = await import(
  new URL('../../dist/lab/stage.js', import.meta.url).href
);

const seats = { server: undefined, client: undefined };
let stage: Stage | undefined;
afterEach(async () => {
  await stage?.[Symbol.asyncDispose]();
  stage = undefined;
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
