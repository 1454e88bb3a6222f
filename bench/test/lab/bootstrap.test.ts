import prand from 'pure-rand';
import { describe, expect, it } from 'vitest';
import {
  type Interval,
  leftOut,
  medianInterval,
  quotients,
  ratioAcrossRuns,
  ratioWithinRun,
  reservation,
} from '../../src/lab/statistics/bootstrap.js';

const byRound = (...values: number[]) => new Map(values.entries());

/** Numbers of a known distribution, the same ones in every run of these tests. */
function source(seed: number) {
  const generator = prand.xoroshiro128plus(seed);
  const uniform = () => (prand.unsafeUniformIntDistribution(1, 2 ** 30, generator) - 0.5) / 2 ** 30;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { normal, exponential: () => -Math.log(uniform()) };
}

const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

/** In what share of the samples the interval holds the truth. */
function coverage(samples: number, truth: number, make: () => Interval): number {
  let held = 0;
  for (let i = 0; i < samples; i++) {
    const { low, high } = make();
    if (low <= truth && truth <= high) held += 1;
  }
  return held / samples;
}

/** Beyond which a share of so many samples strays once in 15,000 times. */
const fourSigma = (share: number, samples: number) => 4 * Math.sqrt((share * (1 - share)) / samples);

/** P(X ≥ least) for a binomial distribution. */
function binomialTail(n: number, p: number, least: number): number {
  let sum = 0;
  for (let k = least; k <= n; k++) {
    let ways = 1;
    for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
    sum += ways * p ** k * (1 - p) ** (n - k);
  }
  return sum;
}

/**
 * What theory says of the interval of an odd number of rounds, whatever their distribution. The median of what was drawn
 * is at most the k-th smallest round when more than half of the draws hit the k smallest; the interval ends at the first
 * such round of which that is likelier than what is left out. It misses the truth when fewer than k rounds lie on one side.
 */
function coverageInTheory(n: number): number {
  let k = 1;
  while (binomialTail(n, k / n, (n + 1) / 2) <= leftOut[n]!) k += 1;
  return 1 - 2 * (1 - binomialTail(n, 0.5, k));
}

describe('medianInterval', () => {
  it.each([3, 5, 7, 9, 17])('of %d rounds holds the true median as often as theory says', (n) => {
    const samples = 400;
    const theory = coverageInTheory(n);
    for (const [truth, value] of [
      [0, source(n).normal],
      // Skewed: its mean is 1, and an interval of means would hold that instead.
      [Math.LN2, source(n).exponential],
    ] as const) {
      const share = coverage(samples, truth, () => medianInterval(times(n, value)));
      expect(share).toBeGreaterThan(theory - fourSigma(theory, samples));
      expect(share).toBeLessThan(theory + fourSigma(theory, samples));
    }
  });

  it('is as sure as it says, and never surer', () => {
    for (const n of [3, 5]) {
      expect(medianInterval(times(n, source(1).normal)).confidence).toBeCloseTo(coverageInTheory(n), 12);
    }
    expect(medianInterval([1, 2, 3, 4, 5, 6]).confidence).toBe(0.95);
    for (let n = 7; n < leftOut.length; n += 2) {
      expect(coverageInTheory(n)).toBeGreaterThan(0.93);
      expect(coverageInTheory(n)).toBeLessThan(0.99);
    }
  });

  it('is exact in small cases', () => {
    expect(medianInterval([5, 1, 3])).toEqual({ median: 3, low: 1, high: 5, rounds: 3, confidence: 0.75 });
    expect(medianInterval([2, 1])).toEqual({ median: 1.5, low: 1, high: 2, rounds: 2, confidence: 0.5 });
    expect(medianInterval([4, 4, 4, 4])).toMatchObject({ median: 4, low: 4, high: 4 });
    // Of nine, the median of what is drawn is the smallest in 0.1 % of cases, and at most the second in 3 %.
    const nine = [90, 80, 70, 60, 50, 40, 30, 20, 10];
    expect(medianInterval(nine)).toEqual({ median: 50, low: 20, high: 80, rounds: 9, confidence: 0.95 });
  });

  it('is of the median: one wild round of nine moves nothing', () => {
    expect(medianInterval([10, 10, 10, 10, 1_000, 10, 10, 10, 10])).toMatchObject({
      median: 10,
      low: 10,
      high: 10,
    });
  });

  it('knows nothing of the spread from one round', () => {
    const interval = medianInterval([7]);
    expect(interval).toEqual({ median: 7, low: 0, high: Number.POSITIVE_INFINITY, rounds: 1, confidence: 0 });
    expect(reservation(interval)).toMatch(/one round: nothing is known/);
  });

  it('leaves out what Hesterberg says', () => {
    // Φ(-√(n/(n-1))·t), by numeric integration of both densities.
    const area = (density: (x: number) => number, from: number, to: number) => {
      const step = (to - from) / 2_000;
      return times(2_000, () => 0).reduce((sum, _, i) => sum + density(from + (i + 0.5) * step) * step, 0);
    };
    const half = (n: number) => area((angle) => Math.cos(angle) ** (n - 2), 0, Math.PI / 2);
    for (const n of [5, 7, 12, 20, 30]) {
      const below = (angle: number) => 0.5 + area((a) => Math.cos(a) ** (n - 2), 0, angle) / half(n) / 2;
      let [low, high] = [0, Math.PI / 2];
      while (high - low > 1e-6) {
        const middle = (low + high) / 2;
        if (below(middle) < 0.975) low = middle;
        else high = middle;
      }
      const z = Math.sqrt(n / (n - 1)) * Math.sqrt(n - 1) * Math.tan(low);
      const tail = area((x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI), z, z + 10);
      expect(leftOut[n]).toBeCloseTo(tail, 4);
    }
    expect(leftOut).toHaveLength(31);
  });

  it('gives the same for the same rounds, and narrows with more of them', () => {
    const value = source(3).normal;
    const many = times(101, value);
    expect(medianInterval(many)).toEqual(medianInterval(many));
    const width = ({ low, high }: Interval) => high - low;
    expect(width(medianInterval(many))).toBeLessThan(0.7 * width(medianInterval(many.slice(0, 9))));
  });

  it('refuses nothing', () => {
    expect(() => medianInterval([])).toThrow(RangeError);
  });
});

describe('reservation', () => {
  it('says what few rounds are worth, and nothing of enough of them', () => {
    expect(reservation(medianInterval([1, 2, 3]))).toMatch(/^3 rounds: .* in 75 % of cases, not in 95 %$/);
    expect(reservation(medianInterval([1, 2, 3, 4, 5]))).toMatch(/^5 rounds: .* in 94 % of cases/);
    expect(reservation(medianInterval([1, 2, 3, 4, 5, 6]))).toBeUndefined();
  });
});

describe('ratioWithinRun', () => {
  it('pairs by round: a machine that slows down for both does not widen the interval', () => {
    const interval = ratioWithinRun(
      byRound(2, 20, 200, 2_000, 20_000, 200_000),
      byRound(1, 10, 100, 1_000, 10_000, 100_000),
    );
    expect(interval).toMatchObject({ median: 2, low: 2, high: 2, rounds: 6 });
  });

  it('leaves out rounds that only one has', () => {
    const numerators = new Map([
      [0, 4],
      [1, 1_000],
      [2, 6],
    ]);
    const denominators = new Map([
      [0, 2],
      [2, 2],
      [3, 0.001],
    ]);
    expect([...quotients(numerators, denominators)]).toEqual([
      [0, 2],
      [2, 3],
    ]);
    expect(ratioWithinRun(numerators, denominators)).toMatchObject({
      median: 2.5,
      low: 2,
      high: 3,
      rounds: 2,
    });
  });

  it('compares all with all when no round has both', () => {
    const numerators = new Map([
      [0, 4],
      [1, 6],
    ]);
    const denominators = new Map([
      [2, 1],
      [3, 2],
    ]);
    expect(ratioWithinRun(numerators, denominators)).toEqual(ratioAcrossRuns([4, 6], [1, 2]));
  });
});

describe('ratioAcrossRuns', () => {
  it('is the ratio of the medians, between the extreme ones of few rounds', () => {
    expect(ratioAcrossRuns([4, 6, 5], [1, 2, 2])).toEqual({
      median: 2.5,
      low: 2,
      high: 6,
      rounds: 3,
      confidence: 0.9,
    });
  });

  it.each([2, 3, 4, 9])('of %d rounds each holds the true ratio as often as it says, or more often', (n) => {
    const samples = 300;
    const { normal } = source(n);
    const logNormal = (middle: number) => () => middle * Math.exp(0.2 * normal());
    const make = () => ratioAcrossRuns(times(n, logNormal(3)), times(n, logNormal(2)));
    const { confidence } = make();
    const share = coverage(samples, 1.5, make);
    expect(share).toBeGreaterThan(confidence - fourSigma(confidence, samples));
    // The range of few rounds holds it exactly as often.
    if (n <= 3) expect(share).toBeLessThan(confidence + fourSigma(confidence, samples));
    // And it does not hold just anything.
    expect(coverage(samples, 1.5 * 3, make)).toBeLessThan(0.05);
  });

  it('is as sure as the rounds of both make it', () => {
    // Two of the 20 ways to deal out six rounds, and of the 6 to deal out four, have all of one run on one side.
    expect(ratioAcrossRuns([1, 2, 3], [1, 1, 1])).toMatchObject({ rounds: 3, confidence: 0.9 });
    expect(ratioAcrossRuns([1, 2], [1, 1]).confidence).toBeCloseTo(2 / 3, 12);
    expect(ratioAcrossRuns([1, 2, 3, 4, 5, 6, 7], [1, 1, 1])).toMatchObject({ rounds: 3, confidence: 0.95 });
    expect(ratioAcrossRuns([1, 2, 3], [1])).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY });
  });

  it('refuses nothing', () => {
    expect(() => ratioAcrossRuns([], [1])).toThrow(RangeError);
    expect(() => ratioAcrossRuns([1], [])).toThrow(RangeError);
  });
});
