import { expect, test } from 'vitest';
import { Chance } from '../src/random.js';
import { median, percentile, slopeOf } from '../src/statistics.js';

test('percentiles are values that were there', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)]).toEqual([50, 99, 100]);
  expect([percentile([7], 0.99), percentile([], 0.5), median([3, 1, 2])]).toEqual([7, undefined, 2]);
});

test('the slope of a line is its own, and that of noise around it is near', () => {
  expect(
    slopeOf([
      [0, 5],
      [1, 7],
      [2, 9],
    ]),
  ).toBeCloseTo(2);
  expect(
    slopeOf([
      [0, 1],
      [1, 1],
    ]),
  ).toBeUndefined();
  const chance = new Chance(3);
  const noisy = Array.from({ length: 500 }, (_, x) => [x, x * 0.1 + chance.integer(-10, 10)] as const);
  expect(slopeOf(noisy)).toBeCloseTo(0.1, 1);
});

test('chance is the same for the same seed, and weights weigh', () => {
  const draw = (seed: number) => {
    const chance = new Chance(seed);
    return Array.from({ length: 1_000 }, () =>
      chance.oneOf([
        ['often', 9],
        ['rarely', 1],
      ] as const),
    );
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  const often = draw(1).filter((what) => what === 'often').length;
  expect(often).toBeGreaterThan(850);
  expect(often).toBeLessThan(950);
});
