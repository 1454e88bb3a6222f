import { describe, expect, it } from 'vitest';
import type { Environment } from '../src/environment.js';
import { judge } from '../src/noise.js';
import type { Figures } from '../src/smoke/figures.js';
import { Measurements } from '../src/smoke/measurements.js';
import { printSmoke } from '../src/smoke/print.js';
import { summarise } from '../src/smoke/results.js';

const environment: Environment = {
  cpu: 'a processor',
  cores: 2,
  kernel: '6.1',
  node: 'v20.20.2',
  governor: null,
  virtualisation: null,
  commit: 'abc',
  loadBefore: [0, 0, 0],
  date: '2026-01-01T00:00:00.000Z',
};

const quiet = judge({
  ...{ loadBeforePerCore: 0.1, spinSpreadPercent: 1, stolenPercent: 0, othersPercent: 1 },
  ...{ unstablePercent: 0, loadAfter: 1 },
});

const figures: Figures = {
  calls: 400,
  p50Us: 2,
  p90Us: 3,
  p99Us: 4,
  p999Us: 5,
  meanUs: 2.5,
  callsPerSecond: 400_000,
  cpuUsPerCall: 3.25,
};

const plan = {
  transports: ['doorcall', 'net-unix'],
  scenarios: ['pingpong', 'inflight64', 'idle100'] as const,
};

function measure(): Measurements {
  const measurements = new Measurements();
  [1, 50, 3].forEach((p50Us, round) => {
    measurements.add(round, 'doorcall', 'pingpong', { ...figures, p50Us });
    measurements.add(round, 'net-unix', 'pingpong', { ...figures, p50Us: p50Us * 20 });
  });
  const lateness = { clientP99Us: 900, serverP99Us: 1_100 };
  measurements.add(0, 'doorcall', 'inflight64', { ...figures, lateness });
  const idle = { cpuPercent: 0.1, memoryKiBPerConnection: 30, activeRatio: 1 };
  measurements.add(0, 'doorcall', 'idle100', { ...figures, idle });
  for (const round of [0, 1, 2]) {
    measurements.gaps.push({ transport: 'net-unix', scenario: 'idle100', round, reason: 'server ended' });
  }
  return measurements;
}

const commonKeys = [
  'transport',
  'scenario',
  'payloadBytes',
  'concurrency',
  'calls',
  'callsInRound',
  'p50Us',
  'p90Us',
  'p99Us',
  'p999Us',
  'meanUs',
  'callsPerSecond',
  'cpuUsPerCall',
];

describe('a smoke report', () => {
  const report = summarise({ ...plan, rounds: 3 }, environment, quiet, measure(), []);
  const find = (transport: string, scenario: string) =>
    report.results.find((result) => result.transport === transport && result.scenario === scenario)!;

  it('has one result for each transport and scenario that was measured, with these fields', () => {
    expect(report.results.map(({ transport, scenario }) => `${scenario}/${transport}`)).toEqual([
      'pingpong/doorcall',
      'pingpong/net-unix',
      'inflight64/doorcall',
      'idle100/doorcall',
    ]);
    expect(Object.keys(find('doorcall', 'pingpong'))).toEqual(commonKeys);
    expect(Object.keys(find('doorcall', 'inflight64'))).toEqual(commonKeys);
    expect(Object.keys(find('doorcall', 'idle100'))).toEqual([
      ...commonKeys,
      'cpuPercent',
      'memoryKiBPerConnection',
      'activeRatio',
    ]);
  });

  it('takes medians over the rounds and adds up the calls', () => {
    expect(find('doorcall', 'pingpong')).toMatchObject({
      p50Us: 3,
      calls: 1_200,
      callsInRound: 400,
      concurrency: 1,
    });
    expect(find('doorcall', 'inflight64')).toMatchObject({ concurrency: 64 });
  });

  it('tells how late timers were beside 64 calls', () => {
    expect(report.loopLateness).toEqual([{ transport: 'doorcall', clientP99Us: 900, serverP99Us: 1_100 }]);
  });

  it('prints no percentile that fewer than ten calls of a round lie beyond, and how many there were', () => {
    const text = printSmoke(report, 3);
    expect(text).toMatch(/│ transport │ calls │ +p50/);
    // 400 calls in a round, and 1,200 in all.
    expect(text).toMatch(/│ net-unix +│ +400 │ +60\.0 │ +3\.00 │ +– │ +– │/);
    expect(text).toContain('– too few calls in a round: it takes 1 000 for a p99, 10 000 for a p99.9');
  });

  it('says whether the machine was quiet', () => {
    expect(printSmoke(report, 3)).toContain('The machine was quiet.');
    const noise = { ...quiet, trusted: false, reasons: ['other processes used 30 % of the CPUs'] };
    expect(printSmoke({ ...report, noise }, 3)).toContain(
      'DO NOT TRUST THESE FIGURES: other processes used 30 % of the CPUs.',
    );
  });

  it('prints the ratio beside the absolute figure, and what is missing once', () => {
    const text = printSmoke(report, 3);
    expect(text).toMatch(/net-unix.*60\.0.*20 × slower/);
    expect(text.match(/net-unix: server ended/g)).toHaveLength(1);
    expect(text).toContain('idle100 (round 1), idle100 (round 2), idle100 (round 3)');
  });
});
