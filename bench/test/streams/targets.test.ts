import { describe, expect, it } from 'vitest';
import { type Figures, Measurements } from '../../src/streams/measurements.js';
import {
  measuresOf,
  type ScenarioName,
  scenarioNames,
  scenarios,
} from '../../src/streams/scenarios/index.js';
import { judge, targets } from '../../src/streams/targets.js';
import { complaint, passes } from '../../src/verdicts.js';

const everything = () => true;

/** Times of one operation in µs in a run in which every target is just met, with some room. */
const times: Record<ScenarioName, Record<string, number>> = {
  stream100: { stream: 0.9, unary64: 2, 'stream-gen': 0.4, 'unary64-gen': 1 },
  stream64k: {
    doorcall: 20,
    'doorcall-gen': 21,
    'doorcall-blob': 12,
    'doorcall-blob-gen': 12,
    memcpy: 5,
    'net-unix': 15,
  },
  inline64k: { doorcall: 10, 'doorcall-gen': 9, 'net-unix': 26, 'net-unix-data': 50 },
  blob1m: { doorcall: 5, empty: 2, 'net-unix': 260 },
  blob64m: { doorcall: 5.5, empty: 2, 'net-unix': 15_000 },
  blobWhole1m: { doorcall: 140, 'two-passes': 100, 'net-unix': 450 },
};

type Change = (round: number, scenario: ScenarioName, measure: string) => number | 'missing' | undefined;

/** A run of three rounds; `change` gives other times. */
function run(change: Change = () => undefined): Measurements {
  const measurements = new Measurements();
  for (let round = 0; round < 3; round++) {
    for (const scenario of scenarioNames) {
      for (const [measure, time] of Object.entries(times[scenario])) {
        const us = change(round, scenario, measure) ?? time;
        if (us !== 'missing') measurements.add(round, measure, scenario, figures(us));
      }
    }
  }
  return measurements;
}

const figures = (us: number): Figures => ({ operations: 1_000, perSecond: 1e6 / us, p50Us: us });

const notMet = (measurements: Measurements) =>
  judge(measurements, everything)
    .filter(({ outcome }) => outcome !== 'met')
    .map(({ target, outcome }) => `${outcome}: ${target}`);

describe('judging a streams run', () => {
  it('passes when every target is met', () => {
    const verdicts = judge(run(), everything);
    expect(verdicts).toHaveLength(targets.length);
    expect(notMet(run())).toEqual([]);
    expect(complaint(verdicts)).toBeUndefined();
  });

  it('has targets only about what is measured, as often as the table shows it', () => {
    for (const { scenario, ours, rival } of targets) {
      expect(measuresOf(scenario)).toEqual(expect.arrayContaining([ours, rival]));
    }
  });

  it.each<[ScenarioName, string, number, string]>([
    ['stream100', 'stream', 1.01, 'stream100: stream at least 2 × unary64 by throughput'],
    ['stream100', 'stream-gen', 0.51, 'stream100: stream-gen at least 2 × unary64-gen by throughput'],
    [
      'stream64k',
      'doorcall',
      22,
      'stream64k: doorcall at least 3 GB/s or 60 % of memcpy, whichever is lower',
    ],
    [
      'stream64k',
      'doorcall-blob',
      22,
      'stream64k: doorcall-blob at least 3 GB/s or 60 % of memcpy, whichever is lower',
    ],
    ['inline64k', 'doorcall', 10.5, 'inline64k: doorcall at least 2.5 × net-unix by p50'],
    ['inline64k', 'doorcall-gen', 10.5, 'inline64k: doorcall-gen at least 2.5 × net-unix by p50'],
    ['blob1m', 'empty', 1.6, 'blob1m: doorcall at most 3 × the time of empty by p50'],
    ['blob1m', 'net-unix', 249, 'blob1m: doorcall at least 50 × net-unix by p50'],
    ['blob64m', 'doorcall', 6.1, 'blob64m: doorcall at most 3 × the time of empty by p50'],
    ['blob64m', 'net-unix', 270, 'blob64m: doorcall at least 50 × net-unix by p50'],
    ['blobWhole1m', 'net-unix', 419, 'blobWhole1m: doorcall at least 3 × net-unix by throughput'],
    [
      'blobWhole1m',
      'two-passes',
      93,
      'blobWhole1m: doorcall at most 1.5 × the time of two-passes by throughput',
    ],
  ])('in %s misses when %s takes %d µs, and says so', (scenario, measure, us, words) => {
    const slow = run((_round, where, who) => (where === scenario && who === measure ? us : undefined));
    expect(notMet(slow)).toEqual([expect.stringContaining(`missed: ${words}`)]);
    expect(complaint(judge(slow, everything))).toContain(words);
  });

  it('demands the lower of 3 GB/s and 60 % of memcpy', () => {
    const value = (doorcall: number, memcpy: number) => {
      const slow: Change = (_round, scenario, measure) =>
        scenario === 'stream64k' ? { doorcall, memcpy }[measure] : undefined;
      return judge(run(slow), everything).find(({ target }) => target.startsWith('stream64k: doorcall at'))!;
    };
    // 64 KiB in 20 µs are 3.28 GB/s; of a memcpy at 6.55 GB/s, 60 % are 3.93.
    expect(value(20, 10)).toMatchObject({ outcome: 'met', value: expect.closeTo(65_536 / 20e-6 / 3e9, 6) });
    // At 3.28 GB/s, 60 % are 1.97; 64 KiB in 33 µs are 1.99.
    expect(value(33, 20)).toMatchObject({ outcome: 'met', value: expect.closeTo(20 / 33 / 0.6, 6) });
    expect(value(34, 20)).toMatchObject({ outcome: 'missed' });
  });

  it('compares within a round: a machine that gets slower for all does not count', () => {
    const slowing = run((round, scenario, measure) => {
      // But not the target that is absolute.
      return scenario === 'stream64k' ? undefined : times[scenario][measure]! * 10 ** round;
    });
    expect(notMet(slowing)).toEqual([]);
  });

  it('lets one bad round pass: the median decides', () => {
    const bad = (rounds: number) =>
      run((round, scenario, measure) =>
        scenario === 'stream100' && measure === 'stream' && round < rounds ? 5 : undefined,
      );
    expect(notMet(bad(1))).toEqual([]);
    expect(notMet(bad(2))).toEqual(['missed: stream100: stream at least 2 × unary64 by throughput']);
  });

  it('does not pass when one side was asked for and not measured', () => {
    const holes = run((_round, scenario, measure) =>
      scenario === 'blob64m' && measure === 'empty' ? 'missing' : undefined,
    );
    expect(notMet(holes)).toEqual(['not measured: blob64m: doorcall at most 3 × the time of empty by p50']);
    expect(passes(judge(holes, everything))).toBe(false);
  });

  it('judges only the scenarios of the run', () => {
    const verdicts = judge(run(), (scenario) => scenario === 'inline64k');
    expect(verdicts.filter(({ outcome }) => outcome === 'met')).toHaveLength(2);
    expect(verdicts.filter(({ outcome }) => outcome !== 'met').map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: targets.length - 2 }, () => 'not in this run'),
    );
  });
});

it('every measure has a name of its own within its scenario, and a line that says what it is', () => {
  for (const name of scenarioNames) {
    expect(new Set(measuresOf(name)).size).toBe(measuresOf(name).length);
    for (const party of Object.values(scenarios[name].parties)) {
      for (const summary of Object.values(party.measures)) expect(summary).not.toBe('');
    }
  }
});
