import { describe, expect, it } from 'vitest';
import { Latencies, Recorder } from '../src/measure/recorder.js';

const us = 1_000;

/** Three significant digits are kept. */
const precision = 0.001;

function expectNear(actual: number, expected: number): void {
  expect(actual).toBeGreaterThanOrEqual(expected * (1 - precision));
  expect(actual).toBeLessThanOrEqual(expected * (1 + precision));
}

function record(values: Iterable<number>): Latencies {
  const recorder = new Recorder();
  for (const value of values) recorder.record(value);
  return recorder.finish();
}

describe('Recorder', () => {
  it('gives the percentiles of a uniform distribution, in µs', () => {
    const summary = record(Array.from({ length: 10_000 }, (_, i) => (i + 1) * us)).summary();
    expect(summary.calls).toBe(10_000);
    expectNear(summary.p50Us, 5_000);
    expectNear(summary.p90Us, 9_000);
    expectNear(summary.p99Us, 9_900);
    expectNear(summary.p999Us, 9_990);
    expect(summary.meanUs).toBe(5_000.5);
  });

  it('keeps nanoseconds apart', () => {
    const summary = record([...Array(60).fill(1_234), ...Array(40).fill(1_250)]).summary();
    expect(summary.p50Us).toBe(1.234);
    expect(summary.p90Us).toBe(1.25);
  });

  it('shows a rare slow call in the percentile that is rare enough, and in the mean', () => {
    const summary = record([...Array(995).fill(10 * us), ...Array(5).fill(50_000 * us)]).summary();
    expectNear(summary.p99Us, 10);
    expectNear(summary.p999Us, 50_000);
    expect(summary.meanUs).toBeCloseTo((995 * 10 + 5 * 50_000) / 1_000, 9);
  });

  it('counts more values than its buffer holds', () => {
    const count = (1 << 19) + 1_000;
    const recorder = new Recorder();
    for (let i = 0; i < count; i++) recorder.record(i < 1_000 ? 90 * us : 2 * us);
    const summary = recorder.finish().summary();
    expect(summary.calls).toBe(count);
    expect(summary.p50Us).toBe(2);
    expect(summary.meanUs).toBeCloseTo((1_000 * 90 + (count - 1_000) * 2) / count, 9);
  });

  it('takes calls of several seconds', () => {
    expectNear(record([7e9]).summary().p50Us, 7e6);
  });

  it('has a mean of 0 without calls', () => {
    expect(record([]).summary()).toMatchObject({ calls: 0, meanUs: 0 });
  });
});

describe('Latencies', () => {
  it('merge as if one client had measured everything', () => {
    const fast = record(Array(300).fill(10 * us));
    const slow = record(Array(100).fill(1_000 * us));
    const merged = Latencies.merge([fast, slow].map((part) => JSON.parse(JSON.stringify(part)))).summary();
    expect(merged.calls).toBe(400);
    expectNear(merged.p50Us, 10);
    expectNear(merged.p90Us, 1_000);
    expect(merged.meanUs).toBeCloseTo((300 * 10 + 100 * 1_000) / 400, 9);
  });
});
