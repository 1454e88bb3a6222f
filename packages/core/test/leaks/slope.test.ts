import { describe, expect, test } from 'vitest';
import { slopeOf } from './support/slope.js';

describe('a slope', () => {
  test('is that of an example worked by hand', () => {
    const { perWindow, from, to } = slopeOf([10, 12, 11, 14, 13, 15, 17, 16, 18, 19]);
    expect(perWindow).toBeCloseTo(0.96364, 4);
    expect(from).toBeCloseTo(0.74578, 3);
    expect(to).toBeCloseTo(1.1815, 3);
  });

  test('of what stays as it is has zero in its interval, of what grows it has not', () => {
    const noise = [3, -2, 1, 0, -3, 2, -1, 3, -2, 0, 1, -2];
    const level = slopeOf(noise.map((y) => 1_000 + y));
    expect(level.from).toBeLessThanOrEqual(0);
    expect(level.to).toBeGreaterThanOrEqual(0);
    expect(slopeOf(noise.map((y, x) => 1_000 + y + x)).from).toBeGreaterThan(0);
  });

  test.each([9, 33])('of %i measurements is refused', (count) => {
    expect(() => slopeOf(Array.from({ length: count }, () => 1))).toThrow(RangeError);
  });
});
