import { describe, expect, it } from 'vitest';
import { type LiveFigures, type OpenLoopOptions, openLoop, remarksOn } from '../src/index.js';
import { VirtualServer, VirtualTime } from './support/virtual-time.js';

/** One second of a thousand calls. */
const asked = { ratePerSecond: 1_000, durationMs: 1_000 };

describe('an open loop', () => {
  it.each([100, 1_000, 20_000])('begins each of %d calls a second at its time', async (ratePerSecond) => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const begun: number[] = [];
    const options = { ratePerSecond, durationMs: 200 };
    const result = await time.pass(
      openLoop({
        ...options,
        call: (index) => {
          begun[index] = time.now;
          return server.answer();
        },
      }),
    );
    const due = ratePerSecond / 5;
    expect(begun).toHaveLength(due);
    for (const [index, at] of begun.entries()) {
      const intended = (index / ratePerSecond) * 1_000;
      expect(at).toBeGreaterThanOrEqual(intended - 1e-9);
      // A turn of the event loop, or two where one had work to do.
      expect(at).toBeLessThan(intended + 0.051);
    }
    expect(result).toMatchObject({ counts: { OK: due }, calls: due, due, neverStarted: 0, aborted: false });
    expect(result.elapsedMs).toBeGreaterThanOrEqual(200);
    expect(result.achievedPerSecond).toBeGreaterThan(ratePerSecond * 0.99);
    expect(result.achievedPerSecond).toBeLessThanOrEqual(ratePerSecond);
    expect(result.generator.keptUp).toBe(true);
    expect(remarksOn(result, options)).toEqual([]);
  });

  it.each(['uniform', 'poisson'] as const)('begins as many calls as it is told, %s', async (arrivals) => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const call = () => server.answer();
    const some = await time.pass(openLoop({ call, arrivals, ratePerSecond: 1_000, requests: 37 }));
    expect(some).toMatchObject({ counts: { OK: 37 }, due: 37, neverStarted: 0 });
    const few = await time.pass(
      openLoop({ call, arrivals, ratePerSecond: 1_000, requests: 5, durationMs: 1e9 }),
    );
    expect(few.calls).toBe(5);
    const short = await time.pass(
      openLoop({ call, arrivals, ratePerSecond: 1_000, requests: 1e9, durationMs: 5 }),
    );
    expect(short.calls).toBeLessThan(20);
    // However long the answers take: it is a number of calls that was asked for, and no time.
    const slow = () => server.answer(10);
    const all = await time.pass(
      openLoop({ call: slow, arrivals, ratePerSecond: 1_000, requests: 50, maxInFlight: 1 }),
    );
    expect(all).toMatchObject({ calls: 50, neverStarted: 0 });
  });

  it('sleeps where calls are far apart, and takes turns where they are not', async () => {
    const apart = new VirtualTime();
    const call = () => apart.until(apart.now + 1);
    await apart.pass(openLoop({ call, ratePerSecond: 100, durationMs: 1_000 }));
    // Two of ten milliseconds, in turns of 25 µs.
    expect(apart.turns).toBeLessThan(100 * 81);
  });

  it('shows a stall of the server in all calls that were due meanwhile', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const { latencies, calls, generator } = await time.pass(
      openLoop({ ...asked, call: (index) => server.answer(index === 300 ? 100 : 0) }),
    );
    expect(calls).toBe(1_000);
    // Rate times stall: one is due each millisecond, the first of them waits 100 ms and the last one 1 ms.
    expect(latencies.countFrom(900)).toBe(100);
    for (const ms of [1, 10, 25, 50, 75, 99]) expect(latencies.countFrom(ms * 1_000)).toBe(101 - ms);
    expect(latencies.percentileUs(100)).toBeCloseTo(100_000, -2);
    expect(latencies.percentileUs(89)).toBeLessThan(50);
    expect(generator.keptUp).toBe(true);
  });

  it('shows a stall of the generator itself, and leaves no call out', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const result = await time.pass(
      openLoop({
        ...asked,
        call: (index) => {
          if (index === 300) time.now += 100;
          return server.answer();
        },
      }),
    );
    expect(result).toMatchObject({ calls: 1_000, due: 1_000, neverStarted: 0 });
    expect(result.latencies.countFrom(10_000)).toBeGreaterThanOrEqual(90);
    expect(result.latencies.countFrom(10_000)).toBeLessThanOrEqual(92);
    expect(result.generator.lateness.countFrom(10_000)).toBeGreaterThanOrEqual(90);
    expect(result.generator.keptUp).toBe(false);
    expect(remarksOn(result, asked)).toEqual([
      expect.stringMatching(
        /^The generator itself could not keep up: .* began \d\d ms or more after its time\./,
      ),
    ]);
  });

  it('makes up for timers that ring late', async () => {
    const time = new VirtualTime();
    time.timerLatenessMs = 7;
    const server = new VirtualServer(time);
    const result = await time.pass(
      openLoop({ ratePerSecond: 100, durationMs: 1_000, call: () => server.answer() }),
    );
    expect(result.calls).toBe(100);
    expect(result.generator.lateness.percentileUs(50)).toBeGreaterThan(4_000);
    expect(result.latencies.percentileUs(50)).toBeGreaterThanOrEqual(
      result.generator.lateness.percentileUs(50),
    );
  });

  it('makes calls that are due while too many are in flight later, and counts from when they were due', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const result = await time.pass(
      openLoop({ ...asked, maxInFlight: 5, call: (index) => server.answer(index === 300 ? 100 : 0) }),
    );
    expect(result).toMatchObject({ calls: 1_000, neverStarted: 0 });
    expect(result.latencies.countFrom(50_000)).toBe(51);
    // What waited for an answer did not wait for the generator.
    expect(result.generator.keptUp).toBe(true);
    expect(result.generator.lateness.calls).toBeLessThan(1_000);
  });

  it('counts calls that never started', async () => {
    const time = new VirtualTime();
    const options = { ...asked, maxInFlight: 5 };
    const answered = time.until(5_000);
    const result = await time.pass(openLoop({ ...options, call: () => answered }));
    expect(result).toMatchObject({ calls: 5, due: 1_000, neverStarted: 995, elapsedMs: 5_000 });
    expect(remarksOn(result, options)).toEqual([
      '995 of 1,000 calls that were due (99.5 %) never started: the calls before them were not answered in time, ' +
        'with up to 5 in flight. They are in no figure.',
      '1 calls a second were achieved of 1,000 that were asked for.',
    ]);
  });

  it('lets synchronous calls wait for each other, and counts those for which the time was not enough', async () => {
    const time = new VirtualTime();
    const result = await time.pass(
      openLoop({
        ...asked,
        call: () => {
          time.now += 2;
        },
      }),
    );
    expect(result).toMatchObject({ calls: 500, due: 1_000, neverStarted: 500 });
    expect(result.generator.keptUp).toBe(true);
    expect(result.latencies.percentileUs(100)).toBeGreaterThan(500_000);
  });

  it('reads answers between the calls of a burst', async () => {
    const time = new VirtualTime();
    let inATurn = 0;
    let most = 0;
    let turns = 0;
    const result = await time.pass(
      openLoop({
        ratePerSecond: 8_000_000,
        durationMs: 1,
        call: () => {
          if (time.turns !== turns) inATurn = 0;
          turns = time.turns;
          most = Math.max(most, ++inATurn);
          return Promise.resolve();
        },
      }),
    );
    expect(result.calls).toBe(8_000);
    expect(most).toBe(64);
  });

  it('counts what became of each call', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const live: LiveFigures = { started: 0, ended: 0, failed: 0 };
    const call = async (index: number) => {
      await server.answer();
      if (index % 10 === 0) throw Object.assign(new Error('no'), { code: 'UNAVAILABLE' });
      if (index % 10 < 3) throw new TypeError('never');
    };
    const result = await time.pass(openLoop({ ...asked, call, live }));
    expect(Object.entries(result.counts)).toEqual([
      ['OK', 700],
      ['TypeError', 200],
      ['UNAVAILABLE', 100],
    ]);
    expect(result.latencies.calls).toBe(700);
    expect(result.failures.calls).toBe(300);
    expect(result.achievedPerSecond).toBeCloseTo(700, 0);
    expect(live).toEqual({ started: 1_000, ended: 1_000, failed: 300 });
    const classify = (error: unknown) => (error as Error).message;
    const classified = await time.pass(openLoop({ ...asked, call, classify }));
    expect(classified.counts).toEqual({ OK: 700, never: 200, no: 100 });
  });

  it('ends when it is aborted, with what was measured until then', async () => {
    const time = new VirtualTime();
    const server = new VirtualServer(time);
    const abortion = new AbortController();
    time.at(500.5, () => abortion.abort());
    const { signal } = abortion;
    const live: LiveFigures = { started: 0, ended: 0, failed: 0 };
    const call = (index: number) => server.answer(index === 400 ? 1_000 : 0);
    const result = await time.pass(openLoop({ ...asked, signal, call, live }));
    expect(result).toMatchObject({ aborted: true, counts: { OK: 400 }, unfinished: 101, neverStarted: 0 });
    expect(result.elapsedMs).toBe(500.5);
    // What becomes of the others changes nothing any more.
    await time.pass(time.until(2_000));
    expect(live).toEqual({ started: 501, ended: 400, failed: 0 });
  });

  it('does nothing when it is aborted before', async () => {
    const call = () => Promise.reject(new Error('called'));
    expect(await openLoop({ ...asked, call, signal: AbortSignal.abort() })).toMatchObject({
      aborted: true,
      calls: 0,
      counts: {},
    });
  });

  it.each<[Partial<OpenLoopOptions>, string]>([
    [{ ratePerSecond: 0 }, 'ratePerSecond has to be a number of at least 0.001, not 0'],
    [{ ratePerSecond: Number.NaN }, 'ratePerSecond'],
    [{ durationMs: -1 }, 'durationMs'],
    [{ durationMs: Infinity }, 'durationMs'],
    [{ maxInFlight: 1.5 }, 'maxInFlight has to be a whole number of at least 1, not 1.5'],
    [{ seed: 0.5 }, 'seed'],
    [{ requests: -1 }, 'requests'],
    [{ durationMs: undefined }, 'openLoop needs durationMs or requests'],
  ])('refuses %j', async (options, message) => {
    await expect(openLoop({ ...asked, call: () => {}, ...options })).rejects.toThrow(message);
  });
});
