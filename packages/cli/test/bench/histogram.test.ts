import { Recorder } from '@doorcall/load';
import { expect, it } from 'vitest';
import { histogramOf } from '../../src/bench/histogram.js';
import { spanOfTime, time } from '../../src/bench/words.js';

function bins(values: readonly number[]) {
  const recorder = new Recorder();
  for (const us of values) recorder.record(us * 1_000);
  return histogramOf(recorder.finish());
}

it('puts every call in one bin', () => {
  const values = Array.from({ length: 10_000 }, (_, index) => 10 + ((index * 7919) % 9_973));
  const found = bins(values);
  expect(found).toHaveLength(10);
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  for (const [index, { toUs, count }] of found.entries()) {
    const from = found[index - 1]?.toUs ?? 0;
    const real = values.filter((us) => us > from && us <= toUs).length;
    // The histogram keeps three digits.
    expect(Math.abs(count - real)).toBeLessThanOrEqual(Math.max(2, real * 0.05));
  }
});

it('grows by the same factor from bin to bin, from the fastest to the slowest', () => {
  const found = bins([1, 1_024]);
  expect(found[0]?.toUs).toBeCloseTo(2, 1);
  expect(found[9]?.toUs).toBeCloseTo(1_024, -1);
  expect(found.map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

it('is one bin of one latency, and none of none', () => {
  expect(bins([5, 5, 5])).toEqual([{ toUs: expect.closeTo(5), count: 3 }]);
  expect(bins([])).toEqual([]);
});

it.each([
  [0.5, '500 ns'],
  [1, '1.00 µs'],
  [12.34, '12.3 µs'],
  [999.4, '999 µs'],
  [999.6, '1.00 ms'],
  [99_960, '100 ms'],
  [1_500_000, '1.50 s'],
  [120e6, '2.0 min'],
])('%d µs are %s', (us, text) => {
  expect(time(us)).toBe(text);
});

it.each([
  [200, '200 ms'],
  [10_000, '10 s'],
  [1_500, '1.5 s'],
  [3_600_000, '60 min'],
])('%d ms were asked for as %s', (ms, text) => {
  expect(spanOfTime(ms)).toBe(text);
});
