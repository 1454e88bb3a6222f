import { describe, expect, it } from 'vitest';
import { Measurements } from '../../src/codec/measurements.js';
import { printCodec } from '../../src/codec/print.js';
import { summarise } from '../../src/codec/results.js';
import { judge } from '../../src/codec/targets.js';
import type { Environment } from '../../src/environment.js';

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

const plan = { contestants: ['generated', 'json-zod'], payloads: ['login', 'blob'] as const, rounds: 3 };

function measure(): Measurements {
  const measurements = new Measurements();
  [1_000, 9_000, 2_000].forEach((totalNs, round) => {
    const sizes = [10, 30];
    measurements.add(round, 'generated', 'login', { encodeNs: 400, totalNs, sizes });
    // 5 ×, 4 × and 10 × in a round: the median is that of neighbours, not of all.
    const theirs = [5, 4, 10][round]! * totalNs;
    measurements.add(round, 'json-zod', 'login', { encodeNs: 500, totalNs: theirs, sizes });
    measurements.gaps.push({ contestant: 'json-zod', payload: 'blob', round, reason: 'no bytes' });
  });
  measurements.add(0, 'generated', 'blob', { encodeNs: 1, totalNs: 3, sizes: [8_000] });
  return measurements;
}

describe('a codec report', () => {
  const measurements = measure();
  const report = summarise(
    plan,
    environment,
    measurements,
    judge(measurements, () => true),
  );

  it('has one result for each contestant and payload that was measured, medians over the rounds', () => {
    expect(report.results).toEqual([
      {
        contestant: 'generated',
        payload: 'login',
        bytes: 20,
        encodeUs: 0.4,
        decodeUs: 1.6,
        totalUs: 2,
        timesGenerated: 1,
      },
      {
        contestant: 'json-zod',
        payload: 'login',
        bytes: 20,
        encodeUs: 0.5,
        decodeUs: 19.5,
        totalUs: 20,
        timesGenerated: 5,
      },
      {
        contestant: 'generated',
        payload: 'blob',
        bytes: 8_000,
        encodeUs: 0.001,
        decodeUs: 0.002,
        totalUs: 0.003,
        timesGenerated: 1,
      },
    ]);
  });

  it('gives means only of who has all payloads of the run', () => {
    expect(report.means.map(({ contestant }) => contestant)).toEqual(['generated']);
  });

  it('prints the ratio beside the figures, and what is missing once', () => {
    const text = printCodec(report, 3);
    expect(text).toMatch(/json-zod.*20.*0\.50.*19\.5.*20\.0.*5\.00 × slower/);
    expect(text.match(/json-zod: no bytes/g)).toHaveLength(1);
    expect(text).toContain('blob (round 1), blob (round 2), blob (round 3)');
    expect(text).toMatch(/login: generated not slower than json-zod +.*5\.00.*met/);
  });
});
