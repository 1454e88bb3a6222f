import { describe, expect, it } from 'vitest';
import type { Environment } from '../../src/environment.js';
import { Measurements } from '../../src/streams/measurements.js';
import { printStreams } from '../../src/streams/print.js';
import { summarise } from '../../src/streams/results.js';
import { judge } from '../../src/streams/targets.js';

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

describe('a streams report', () => {
  const measurements = new Measurements();
  [100_000, 5_000_000, 300_000].forEach((perSecond, round) => {
    measurements.add(round, 'unary64', 'stream100', { operations: 10, perSecond });
    measurements.add(round, 'stream', 'stream100', { operations: 30, perSecond: perSecond * 4 });
    measurements.gaps.push({ measure: 'stream-gen', scenario: 'stream100', round, reason: 'server ended' });
  });
  measurements.add(0, 'empty', 'blob1m', { operations: 7, perSecond: 100_000, p50Us: 9 });
  measurements.add(0, 'net-unix', 'blob1m', { operations: 5, perSecond: 4_000, p50Us: 250.123_456 });
  measurements.gaps.push({ measure: 'doorcall', scenario: 'blob1m', round: 0, reason: 'not here' });
  const report = summarise(
    { scenarios: ['stream100', 'blob1m'], rounds: 3, apart: undefined },
    environment,
    measurements,
    judge(measurements, (scenario) => scenario === 'stream100'),
  );

  it('has one result for each measure with figures, medians over the rounds', () => {
    expect(report.results).toEqual([
      {
        scenario: 'stream100',
        measure: 'stream',
        bytes: 100,
        operations: 90,
        perSecond: 1_200_000,
        gigabytesPerSecond: 0.12,
      },
      {
        scenario: 'stream100',
        measure: 'unary64',
        bytes: 100,
        operations: 30,
        perSecond: 300_000,
        gigabytesPerSecond: 0.03,
      },
      { scenario: 'blob1m', measure: 'empty', operations: 7, perSecond: 100_000, p50Us: 9 },
      {
        scenario: 'blob1m',
        measure: 'net-unix',
        bytes: 1_048_576,
        operations: 5,
        perSecond: 4_000,
        gigabytesPerSecond: 4.194,
        p50Us: 250.123,
      },
    ]);
  });

  it('prints the ratio beside the figures, and what is missing once', () => {
    const text = printStreams(report);
    expect(text).toMatch(/unary64.*300 000.*4\.00 × slower/);
    expect(text).toMatch(/empty +│ +100 000 │ +│ +9\.00/);
    expect(text).toMatch(/net-unix.*4 000.*4\.19.*250\.1/);
    expect(text.match(/stream-gen: server ended/g)).toHaveLength(1);
    expect(text).toContain('stream100 (round 1), stream100 (round 2), stream100 (round 3)');
    expect(text).toMatch(/doorcall: not here\n {4}in blob1m \(round 1\)\n/);
    expect(text).toMatch(/stream at least 2 × unary64 by throughput +│ +4\.00 │ +met/);
    expect(text).not.toContain('blob1m: doorcall at least');
  });
});
