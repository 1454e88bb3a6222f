import { expect, it } from 'vitest';
import { type Arrivals, scheduleOf } from '../src/arrivals.js';

function gaps(arrivals: Arrivals, seed: number, count = 100_000): number[] {
  const schedule = scheduleOf(arrivals, 1_000, seed);
  const times = Array.from({ length: count }, schedule);
  return times.slice(1).map((at, index) => at - times[index]!);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

it('spaces calls evenly, the millionth as exactly as the first', () => {
  const schedule = scheduleOf('uniform', 30_000, 1);
  for (let index = 0; index < 1_000_000; index++) schedule();
  expect(schedule()).toBeCloseTo(1_000_000 / 30, 6);
});

it('spaces calls by chance as independent users come: exponentially', () => {
  const found = gaps('poisson', 7);
  expect(mean(found)).toBeCloseTo(1, 1);
  // Of an exponential distribution the deviation is the mean, and e^-x of the gaps are longer than x.
  expect(Math.sqrt(mean(found.map((gap) => (gap - 1) ** 2)))).toBeCloseTo(1, 1);
  for (const x of [0.1, 1, 3]) {
    expect(found.filter((gap) => gap > x).length / found.length).toBeCloseTo(Math.exp(-x), 2);
  }
});

it('takes the same chances for the same seed', () => {
  expect(gaps('poisson', 1, 10)).toEqual(gaps('poisson', 1, 10));
  expect(gaps('poisson', 1, 10)).not.toEqual(gaps('poisson', 2, 10));
});
