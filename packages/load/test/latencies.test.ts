import { build } from 'hdr-histogram-js';
import { describe, expect, it } from 'vitest';
import { Latencies, Recorder } from '../src/index.js';

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

  it('keeps what it has counted when it is asked in the middle', () => {
    const recorder = new Recorder();
    recorder.record(10 * us);
    expect(recorder.finish().calls).toBe(1);
    recorder.record(20 * us);
    expect(recorder.finish().summary()).toMatchObject({ calls: 2, meanUs: 15 });
  });

  it('counts a clock that went backwards as 0', () => {
    expect(record([-5, 3]).summary()).toMatchObject({ calls: 2, minUs: 0, maxUs: 0.003, meanUs: 0.0015 });
  });

  it.each([0, 1, 2_047, 2_048, 2_049, 4_095, 4_096, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 2 ** 22, 2 ** 41])(
    'gives %d ns back to three digits',
    (ns) => {
      const { minUs, p50Us, maxUs } = record([ns]).summary();
      expect(minUs).toBeLessThanOrEqual(ns / us);
      expect(minUs).toBeGreaterThanOrEqual((ns / us) * (1 - precision));
      expect(maxUs).toBe(p50Us);
      expectNear(maxUs, ns / us);
    },
  );

  it('agrees with the library on every step, up to an hour', () => {
    const library = build({ lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 });
    const recorder = new Recorder();
    // Both ends of steps and what lies between them, from 1 ns on.
    for (let value = 1; value < 3.6e12; value = Math.ceil(value * 1.0003)) {
      for (const each of [value, value + 1]) {
        library.recordValue(each);
        recorder.record(each);
      }
    }
    const latencies = recorder.finish();
    for (let percentile = 0; percentile <= 100; percentile += 0.05) {
      expect(latencies.percentileUs(percentile)).toBe(library.getValueAtPercentile(percentile) / us);
    }
  });

  it('takes calls of several seconds', () => {
    expectNear(record([7e9]).summary().p50Us, 7e6);
  });

  it('has nothing but zeros without calls', () => {
    expect(Object.values(record([]).summary())).toEqual(Array(9).fill(0));
  });
});

describe('Latencies', () => {
  it('show the extremes and the far tail', () => {
    const summary = record([
      ...Array(99_990).fill(10 * us),
      ...Array(9).fill(700 * us),
      90_000 * us,
    ]).summary();
    expectNear(summary.minUs, 10);
    expectNear(summary.p999Us, 10);
    expectNear(summary.p9999Us, 10);
    expectNear(summary.maxUs, 90_000);
    expectNear(record([...Array(9_998).fill(us), 5 * us, 5 * us]).summary().p9999Us, 5);
  });

  it('count the calls that took at least so long', () => {
    const latencies = record([us, 2 * us, 3 * us, 3 * us, 4_000 * us]);
    expect([0, 1, 2.01, 3, 3.01, 4_000, 5_000].map((at) => latencies.countFrom(at))).toEqual([
      5, 5, 3, 3, 1, 1, 0,
    ]);
  });

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
