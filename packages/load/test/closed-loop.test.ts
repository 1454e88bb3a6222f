import { describe, expect, it } from 'vitest';
import { type ClosedLoopOptions, closedLoop, type LiveFigures } from '../src/index.js';
import { VirtualServer, VirtualTime } from './support/virtual-time.js';

describe('a closed loop', () => {
  it('shows a stall of the server in the calls that were under way, and in no other', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const call = (index: number) => server.answer(index === 300 ? 100 : 0);
    const one = await time.pass(closedLoop({ call, requests: 1_000 }));
    expect(one.counts).toEqual({ OK: 1_000 });
    expect(one.latencies.countFrom(100)).toBe(1);
    const four = await time.pass(closedLoop({ call, requests: 1_000, concurrency: 4 }));
    expect(four.latencies.countFrom(1_000)).toBe(4);
  });

  it.each([1, 3, 64])('has %d calls in flight at any moment', async (concurrency) => {
    const time = new VirtualTime();
    let inFlight = 0;
    const seen = new Set<number>();
    const call = async (index: number) => {
      seen.add(++inFlight);
      await time.until(time.now + 1 + (index % 3));
      inFlight--;
    };
    const result = await time.pass(closedLoop({ call, concurrency, durationMs: 100 }));
    expect(Math.max(...seen)).toBe(concurrency);
    expect(result.latencies.percentileUs(0)).toBeCloseTo(1_000, 0);
    expect(result.elapsedMs).toBeGreaterThanOrEqual(100);
    expect(result.elapsedMs).toBeLessThanOrEqual(103);
    expect(result.achievedPerSecond).toBeCloseTo((result.calls / result.elapsedMs) * 1_000, 6);
  });

  it('begins exactly as many calls as it is told', async () => {
    let made = 0;
    const call = async () => {
      made++;
    };
    expect((await closedLoop({ call, requests: 1_001, concurrency: 7 })).calls).toBe(1_001);
    expect(made).toBe(1_001);
    expect((await closedLoop({ call, requests: 0 })).counts).toEqual({});
  });

  it('counts what became of each call, at once or later', async () => {
    const live: LiveFigures = { started: 0, ended: 0, failed: 0 };
    const call = (index: number) => {
      if (index % 4 === 0) throw Object.assign(new Error(), { code: 'ABORTED' });
      return index % 4 === 1 ? Promise.reject('odd') : index;
    };
    const result = await closedLoop({ call, requests: 400, concurrency: 2, live });
    expect(result.counts).toEqual({ OK: 200, ABORTED: 100, odd: 100 });
    expect(live).toEqual({ started: 400, ended: 400, failed: 200 });
  });

  it.each([
    ['synchronous calls', () => {}],
    ['calls that are answered at once', () => Promise.resolve()],
    ['calls that fail at once', () => Promise.reject(new Error())],
  ])('lets others have their turn beside %s', async (_, call) => {
    const abortion = new AbortController();
    setTimeout(() => abortion.abort(), 20);
    const result = await closedLoop({ call, durationMs: 1e9, signal: abortion.signal });
    expect(result.aborted).toBe(true);
    expect(result.calls).toBeGreaterThan(0);
  });

  it('ends when it is aborted, with what was measured until then', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const abortion = new AbortController();
    const call = (index: number) => {
      if (index === 100) abortion.abort();
      return server.answer();
    };
    const live: LiveFigures = { started: 0, ended: 0, failed: 0 };
    const options = { call, concurrency: 3, requests: 1_000, signal: abortion.signal, live };
    const result = await time.pass(closedLoop(options));
    expect(result).toMatchObject({ aborted: true, counts: { OK: 98 }, unfinished: 3 });
    // What becomes of the others changes nothing any more.
    await time.pass(time.until(2_000));
    expect(live).toEqual({ started: 101, ended: 98, failed: 0 });
  });

  it.each<[Partial<ClosedLoopOptions>, string]>([
    [{}, 'closedLoop needs durationMs or requests'],
    [{ requests: -1 }, 'requests has to be a whole number of at least 0, not -1'],
    [{ requests: 1, concurrency: 0 }, 'concurrency has to be a whole number of at least 1, not 0'],
    [{ durationMs: Number.NaN }, 'durationMs'],
  ])('refuses %j', async (options, message) => {
    await expect(closedLoop({ call: () => {}, ...options })).rejects.toThrow(message);
  });
});
