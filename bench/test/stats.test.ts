import { describe, expect, it } from 'vitest';
import { geometricMean, median, medianRatio, percentile } from '../src/stats.js';

describe('median', () => {
  it('is the middle of an odd number of values, in whatever order they come', () => {
    expect(median([9, 1, 5])).toBe(5);
  });

  it('is the mean of the two middle ones of an even number', () => {
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  it('sorts by value, not by text, and leaves its argument alone', () => {
    const values = [100, 20, 3];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 20, 3]);
  });

  it('refuses nothing', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('geometricMean', () => {
  it('treats twice as much and half as much as opposites', () => {
    expect(geometricMean([2, 0.5])).toBeCloseTo(1, 12);
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 9);
  });

  it('refuses nothing, zero, negative values and NaN', () => {
    for (const values of [[], [1, 0], [1, -1], [Number.NaN]]) {
      expect(() => geometricMean(values)).toThrow(RangeError);
    }
  });
});

describe('medianRatio', () => {
  it('compares neighbours: a machine that slows down for both does not count', () => {
    // Each round is ten times slower than the one before; the ratio is 2 in all of them.
    expect(medianRatio([2, 20, 200], [1, 10, 100])).toBe(2);
  });

  it('is not the ratio of the medians', () => {
    expect(medianRatio([1, 8, 9], [4, 2, 1])).toBe(4);
    expect(median([1, 8, 9]) / median([4, 2, 1])).toBe(4);
    expect(medianRatio([6, 1, 2], [1, 2, 6])).toBe(0.5);
    expect(median([6, 1, 2]) / median([1, 2, 6])).toBe(1);
  });

  it('refuses lists of different lengths', () => {
    expect(() => medianRatio([1, 2], [1])).toThrow(RangeError);
  });
});

describe('percentile', () => {
  const oneToHundred = Array.from({ length: 100 }, (_, i) => 100 - i);

  it('is the nearest rank', () => {
    expect(percentile(oneToHundred, 99)).toBe(99);
    expect(percentile(oneToHundred, 50)).toBe(50);
    expect(percentile(oneToHundred, 100)).toBe(100);
    expect(percentile(oneToHundred, 0)).toBe(1);
    expect(percentile([7], 99)).toBe(7);
  });

  it('refuses nothing', () => {
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});
