import { describe, expect, it } from 'vitest';
import { generatorNotes } from '../../src/lab/generator-notes.js';
import { withoutCost } from '../../src/lab/measure-closed.js';
import { pointsNotTried } from '../../src/lab/points-not-tried.js';
import type { Gap, Trial } from '../../src/lab/results.js';
import { openloop } from '../../src/lab/suites/openloop.js';
import { memoryOfConnection } from '../../src/measure/connection-memory.js';
import { sharedFiles, togetherKiB } from '../../src/measure/memory.js';
import { slopeOf } from '../../src/measure/slope.js';

describe('an open loop', () => {
  it('is saturated when the median of the rounds falls short', () => {
    const saturated = (...achieved: number[]) =>
      openloop.isLast!(
        { ratePerSecond: 100 },
        achieved.map((achievedPerSecond) => ({ figures: { achievedPerSecond } })),
      );
    expect(saturated(79)).toBe(true);
    // A stall at the end of the window, say: all calls were answered.
    expect(saturated(85)).toBe(false);
    expect(saturated(50, 99, 98)).toBe(false);
    expect(saturated(99, 98, 50)).toBe(false);
    expect(saturated(99, 50, 60)).toBe(true);
  });

  it('is saturated when calls never start', () => {
    const lateness = { latenessP50Us: 1, latenessP99Us: 1, latenessMaxUs: 1 };
    const generator = { due: 1_000, ...lateness, keptUp: true };
    const saturated = (...lost: number[]) =>
      openloop.isLast!(
        { ratePerSecond: 100 },
        lost.map((neverStarted) => ({
          figures: { achievedPerSecond: 100 },
          generator: { ...generator, neverStarted },
        })),
      );
    expect(saturated(31)).toBe(true);
    expect(saturated(29)).toBe(false);
    expect(saturated(900, 0, 0)).toBe(false);
    expect(saturated(900, 0, 40)).toBe(true);
  });

  it('tells in which rounds a rate was not tried that others have', () => {
    const trial = (ratePerSecond: number, round: number, transport = 'x'): Trial => ({
      ...{ suite: 'openloop', transport, round },
      ...{ point: { ratePerSecond }, figures: {} },
    });
    const died: Gap = {
      ...{ suite: 'openloop', transport: 'y', round: 1, reason: 'died' },
      point: { ratePerSecond: 200 },
    };
    const trials = [trial(100, 0), trial(100, 1), trial(200, 1)];
    const others = [trial(100, 0, 'y'), trial(200, 0, 'y'), trial(100, 1, 'y')];
    expect(pointsNotTried([...trials, ...others], [died])).toEqual([
      {
        ...{ suite: 'openloop', transport: 'x', round: 0, point: { ratePerSecond: 200 } },
        reason: 'a lower rate was not reached in this round',
      },
    ]);
  });
});

describe('the notes on the generator', () => {
  const trial = (ratePerSecond: number, keptUp: boolean, neverStarted: number): Trial => ({
    ...{ suite: 'openloop', transport: 'x', round: 0, point: { ratePerSecond }, figures: {} },
    generator: {
      ...{ due: 1_000, neverStarted, keptUp },
      ...{ latenessP50Us: 0, latenessP99Us: 0, latenessMaxUs: 0 },
    },
  });

  it('say where it was late, and what it never began', () => {
    expect(generatorNotes([trial(100, true, 0)])).toEqual([]);
    expect(generatorNotes([trial(100, false, 0), trial(200, true, 0), trial(5_000, false, 250)])).toEqual([
      'x: more than one call in a hundred was begun over 1 ms late at 100/s, 5\u202f000/s; never begun of those that were due: 25.0 % at 5\u202f000/s',
    ]);
  });
});

describe('memory of a connection', () => {
  it('is the slope over many, whatever a single weighing says', () => {
    const weights = [0, 25, 50, 75, 100].map((x): [number, number] => [
      x,
      1_000 + 8 * x + (x === 50 ? 900 : 0),
    ]);
    expect(slopeOf(weights)).toBeCloseTo(8, 6);
    expect(() => slopeOf([[1, 1]])).toThrow(RangeError);
  });

  const opened: number[] = [];
  /** What weighs so many KiB with so many connections. */
  const weighed = (KiB: (connections: number) => number) => {
    let connections = 0;
    opened.length = 0;
    return memoryOfConnection({
      openIdle: async (count) => {
        connections += count;
        opened.push(count);
      },
      closeIdle: async () => {},
      held: async () => [{ privateKiB: KiB(connections), sharedKiB: {} }],
    });
  };

  it('is that of further ones, not of the first', async () => {
    expect(
      await weighed((connections) => 1_000 + Math.min(connections, 10) * 50 + connections * 7),
    ).toBeCloseTo(7, 6);
    // Ten pay for code that is loaded only then.
    expect(opened).toEqual([10, 25, 25, 25, 25]);
  });

  it('is never negative', async () => {
    expect(await weighed(() => 1_000)).toBe(0);
    expect(await weighed((connections) => 1_000 - connections)).toBeUndefined();
  });

  it('has what processes share in it once, in full', () => {
    const maps = [
      '7f00000000-7f00021000 r--s 00000000 00:01 7    /memfd:doorcall (deleted)',
      '7f00021000-7f00042000 rw-s 00000000 00:01 8    /memfd:doorcall (deleted)',
      '7f00050000-7f00051000 rw-s 00021000 00:01 8    /memfd:doorcall (deleted)',
      '7f00060000-7f00070000 rw-p 00000000 00:01 9    /memfd:doorcall (deleted)',
      '7f00080000-7f00090000 rw-p 00000000 00:00 0    [heap]',
      '',
    ].join('\n');
    const sharedKiB = sharedFiles(maps);
    expect(sharedKiB).toEqual({ '00:01 7': 132, '00:01 8': 136 });
    expect(
      togetherKiB([
        { privateKiB: 10, sharedKiB },
        { privateKiB: 5, sharedKiB },
      ]),
    ).toBe(10 + 5 + 132 + 136);
  });
});

describe('small calls beside large ones', () => {
  it('have no cost, which would be that of the large ones', () => {
    const costs = {
      cpuUsPerCall: 2,
      clientCpuUsPerCall: 1,
      serverCpuUsPerCall: 1,
      contextSwitchesPerCall: 1,
    };
    expect(withoutCost({ figures: { p50Us: 1, ...costs } })).toEqual({ figures: { p50Us: 1 } });
  });
});
