import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/compare/compare.js';
import { roundReservations } from '../../src/compare/reservations.js';
import { conclusion, slowdownHead } from '../../src/compare/words.js';
import {
  type FigureName,
  type LabResults,
  type Point,
  type SuiteName,
  suiteNames,
} from '../../src/lab/results.js';
import { mainFigures } from '../../src/lab/statistics/main-figures.js';
import { suites } from '../../src/lab/suites/index.js';
import { rounds, runOf } from '../lab/made-up.js';

const margin = 0.05;
const point: Point = { series: 'typed', payloadBytes: 64 };
const latency = (transport: string, ...values: number[]) =>
  rounds('latency', point, transport, 'p50Us', values);

/** The only comparison of one figure. */
function only(
  before: readonly number[],
  after: readonly number[],
  suite: SuiteName = 'latency',
  figure: FigureName = 'p50Us',
) {
  const run = (values: readonly number[]) => runOf(rounds(suite, {}, 'x', figure, values));
  const { comparisons } = compareRuns(run(before), run(after), { margin });
  expect(comparisons).toHaveLength(1);
  return comparisons[0]!;
}

const steady = [100, 101, 99, 100, 102, 98];
const times = (factor: number) => steady.map((value) => value * factor);

describe('a figure', () => {
  it('is slower only when the whole interval lies beyond the margin', () => {
    expect(only(steady, times(1.3))).toMatchObject({ verdict: 'slower', before: 100, after: 130 });
    expect(only(steady, times(1.3)).slowdown.median).toBeCloseTo(1.3, 9);
    expect(only(steady, times(1.06)).verdict).toBe('same');
    expect(only(steady, times(1.0)).verdict).toBe('same');
    // The median is 30 % more, but a third of the rounds is not.
    expect(only(steady, [130, 131, 129, 100, 99, 132]).verdict).toBe('same');
  });

  it('is faster by the same rule', () => {
    expect(only(steady, times(0.7)).verdict).toBe('faster');
    expect(only(steady, times(0.96)).verdict).toBe('same');
  });

  it('is judged the other way round where more is better', () => {
    const half = only(steady, times(0.5), 'throughput', 'callsPerSecond');
    expect(half.verdict).toBe('slower');
    expect(half.slowdown.median).toBeCloseTo(2, 9);
    expect(only(steady, times(2), 'throughput', 'callsPerSecond').verdict).toBe('faster');
  });

  it('is not judged by a single round, however far apart', () => {
    const found = only([100], [900]);
    expect(found.verdict).toBe('one round');
    expect(conclusion([found], { margin }).join(' ')).toContain('1 cannot be judged');
    expect(roundReservations([found])).toEqual(['one round: nothing is known about the spread']);
    expect(only([100, 101, 102], [900]).verdict).toBe('one round');
  });

  it('is judged slower or faster by four rounds in both runs, and by no fewer', () => {
    expect(only([100, 101, 99, 100], [900, 901, 899, 900]).verdict).toBe('slower');
    expect(only([900, 901, 899, 900], [100, 101, 99, 100]).verdict).toBe('faster');
    const found = only([100, 101, 99], [900, 901, 899]);
    expect(found).toMatchObject({ verdict: 'few rounds', slowdown: { confidence: 0.9 } });
    expect(only([900, 901, 899], [100, 101, 99]).verdict).toBe('few rounds');
    expect(only([100, 101, 99], [100, 101, 99]).verdict).toBe('same');
    expect(slowdownHead([found])).toBe('slowdown (90 %)');
    expect(slowdownHead([found, only(steady, steady)])).toBe('slowdown (90–95 %)');
    expect(slowdownHead([only([1], [1])])).toBe('slowdown');
  });

  it('is compared by the suite’s main figures only', () => {
    const both = (figures: LabResults['trials'][number]['figures']) =>
      runOf([0, 1, 2].map((round) => ({ suite: 'latency' as const, point, transport: 'x', round, figures })));
    const { comparisons } = compareRuns(both({ p50Us: 1, p99Us: 2 }), both({ p50Us: 1, p99Us: 9 }), {
      margin,
    });
    expect(comparisons.map(({ figure }) => figure)).toEqual(['p50Us']);
  });
});

it('is compared by what the suite’s own table is ordered by, first of all', () => {
  for (const name of suiteNames) expect(mainFigures[name][0]).toBe(suites[name].compareBy);
});

describe('an open loop', () => {
  const open = (p99Us: number, achieved: number) =>
    runOf(
      [0, 1, 2, 3].map((round) => ({
        suite: 'openloop' as const,
        point: { series: 'order' as const, ratePerSecond: 1_000 },
        transport: 'x',
        round,
        figures: { p99Us, achievedPerSecond: achieved },
      })),
    );

  it('is compared by latency where both reached the rate', () => {
    const { comparisons } = compareRuns(open(10, 1_000), open(20, 990), { margin });
    expect(comparisons).toMatchObject([{ figure: 'p99Us', verdict: 'slower' }]);
  });

  it('is compared by what was reached where one did not', () => {
    const { comparisons } = compareRuns(open(10, 1_000), open(900_000, 700), { margin });
    expect(comparisons).toMatchObject([{ figure: 'achievedPerSecond', verdict: 'slower' }]);
  });
});

describe('relative to a transport', () => {
  it('compares machines: one that is ten times slower in all is no slower', () => {
    const before = runOf([...latency('x', 2, 2.2, 1.8, 2), ...latency('net', 20, 22, 18, 20)]);
    const after = runOf([...latency('x', 20, 22, 18, 20), ...latency('net', 200, 220, 180, 200)]);
    expect(compareRuns(before, after, { margin }).comparisons.map(({ verdict }) => verdict)).toEqual([
      'slower',
      'slower',
    ]);
    const { comparisons } = compareRuns(before, after, { margin, relativeTo: 'net' });
    expect(comparisons).toMatchObject([{ transport: 'x', verdict: 'same', slowdown: { low: 1, high: 1 } }]);
    expect(comparisons[0]!.before).toBeCloseTo(0.1, 9);
  });

  it('divides within the round, so that a slow round does not count', () => {
    const before = runOf([...latency('x', 1, 1, 1, 1), ...latency('net', 10, 10, 10, 10)]);
    const after = runOf([...latency('x', 2, 20, 200, 2), ...latency('net', 10, 100, 1_000, 10)]);
    const { comparisons } = compareRuns(before, after, { margin, relativeTo: 'net' });
    expect(comparisons[0]!.slowdown).toMatchObject({ median: 2, low: 2, high: 2 });
    expect(comparisons[0]!.verdict).toBe('slower');
  });

  it('says what has no counterpart', () => {
    const before = runOf([...latency('x', 1, 1), ...latency('net', 10, 10)]);
    const after = runOf([...latency('x', 1, 1), ...rounds('latency', {}, 'net', 'p50Us', [1])]);
    const { comparisons, incomparable } = compareRuns(before, after, { margin, relativeTo: 'net' });
    expect(comparisons).toEqual([]);
    expect(incomparable).toEqual([
      { suite: 'latency', point, transport: 'x', reason: 'p50Us: net was not measured in the same rounds' },
    ]);
  });
});

describe('what has no counterpart', () => {
  it('is listed, with the reason where the other run has one', () => {
    const before = runOf([...latency('x', 1, 2), ...latency('old', 1, 2)], {
      gaps: [{ suite: 'latency', transport: 'new', reason: 'not installed' }],
    });
    const after = runOf([...latency('x', 1, 2), ...latency('new', 1, 2)], {
      gaps: [{ suite: 'latency', point, transport: 'old', reason: 'died' }],
    });
    const { missing, comparisons } = compareRuns(before, after, { margin });
    expect(comparisons).toHaveLength(1);
    expect(missing).toEqual([
      { in: 'after', suite: 'latency', point, transport: 'old', reason: 'died' },
      { in: 'before', suite: 'latency', point, transport: 'new', reason: 'not installed' },
    ]);
  });

  it('joins points whatever the order of their fields', () => {
    const after = runOf(rounds('latency', { payloadBytes: 64, series: 'typed' }, 'x', 'p50Us', [1, 2]));
    const { missing, comparisons } = compareRuns(runOf(latency('x', 1, 2)), after, { margin });
    expect([missing.length, comparisons.length]).toEqual([0, 1]);
  });

  it('has no ratio where a figure is zero', () => {
    const run = runOf(rounds('cost', {}, 'x', 'memoryKiBPerConnection', [0, 1]));
    const { comparisons, incomparable } = compareRuns(run, run, { margin });
    expect(comparisons).toEqual([]);
    expect(incomparable[0]!.reason).toContain('not above zero');
  });

  it('is left out, when only some transports or suites were asked for', () => {
    const run = runOf([
      ...latency('x', 1, 2),
      ...latency('y', 1, 2),
      ...rounds('chain', {}, 'x', 'p50Us', [1]),
    ]);
    const small = runOf([...latency('x', 1, 2)]);
    const named = (choice: object) => compareRuns(run, small, { margin, ...choice });
    expect(named({ transports: ['x'], suites: ['latency'] })).toMatchObject({ missing: [] });
    expect(named({ transports: ['x'] }).missing).toMatchObject([{ suite: 'chain', transport: 'x' }]);
    expect(named({ suites: ['latency'] }).missing).toMatchObject([{ suite: 'latency', transport: 'y' }]);
    expect(compareRuns(small, run, { margin, transports: ['x'], suites: ['latency'] }).missing).toEqual([]);
  });
});

describe('conclusion', () => {
  it('names what got slower, with its interval', () => {
    const lines = conclusion([{ ...only(steady, times(1.3)), point }, only(steady, steady)], { margin });
    expect(lines).toEqual([
      '1 of 2 figures got significantly slower (the whole interval lies beyond 5 %):',
      expect.stringMatching(/^ {2}latency, typed, 64 B, x: p50 1\.30 × \(1\.2\d–1\.3\d\)$/),
    ]);
  });

  it('says how many would look slower by chance', () => {
    const slower = Array.from({ length: 80 }, () => only(steady, times(2)));
    expect(conclusion(slower, { margin }).at(-1)).toContain('about 2 would look slower by chance');
  });

  it('says so when nothing did', () => {
    expect(conclusion([only(steady, steady)], { margin, relativeTo: 'net' })).toEqual([
      'Nothing got significantly slower relative to net: no interval of 1 figure lies wholly beyond 5 %.',
    ]);
  });
});
