/**
 * How far a median over few rounds can be trusted: the bootstrap's percentile interval. The rounds are drawn again and
 * again with replacement, and the interval holds the middle of the medians of what was drawn: 95 % of them when there are
 * many rounds, and more when there are few, because few rounds vary less than what they were drawn from. How much more:
 * the expanded percentiles of T. Hesterberg, What Teachers Should Know About the Bootstrap, The American Statistician
 * 69 (2015), section 5.3. Without them an interval of seven rounds would hold the true median in 87 % of cases.
 */
import prand from 'pure-rand';
import { median } from '../../stats.js';

export interface Interval {
  /** The median of the rounds, or of their ratios. */
  readonly median: number;
  /** 0 with a single round, which says nothing about the spread. */
  readonly low: number;
  /** Infinity with a single round. */
  readonly high: number;
  /** The smaller number, where two runs are compared. */
  readonly rounds: number;
  /**
   * How likely an interval like this one holds the true value: 0.95, and less with few rounds. Then even their whole range
   * misses it more often: that of a median when all rounds lie on the same side of it, that of a ratio of two runs when
   * all rounds of one lie on the same side of all of the other.
   */
  readonly confidence: number;
}

/** Of one figure. Keys are rounds. */
export type ByRound = ReadonlyMap<number, number>;

const wanted = 0.95;
const resamples = 2_000;
/**
 * The share of the medians left out on each side, by the number of rounds n from 0 on: Φ(-√(n/(n-1))·t), t being the
 * 97.5th percentile of Student's distribution with n-1 degrees of freedom. It grows to 0.025; more rounds than these
 * take the last one.
 */
export const leftOut: readonly number[] = [
  ...[
    0, 0, 0, 0, 0.0001, 0.001, 0.0024, 0.0041, 0.0057, 0.0072, 0.0086, 0.0097, 0.0108, 0.0117, 0.0125, 0.0132,
  ],
  ...[0.0139, 0.0144, 0.015, 0.0154, 0.0159, 0.0163, 0.0166, 0.017, 0.0173, 0.0176, 0.0179, 0.0181, 0.0183],
  ...[0.0185, 0.0188],
];
/** Any will do; the same in every run, so that the same rounds give the same interval. */
const seed = 20_201;

/** @throws RangeError when there is no value */
export function medianInterval(values: readonly number[]): Interval {
  const misses = 2 / 2 ** values.length;
  return intervalOf(median(values), values.length, misses, (draw) => median(draw(values)));
}

/**
 * Of figures of one run: the ratio is taken within each round that has both, because neighbours in time saw the same
 * machine; of all rounds against all, as in {@link ratioAcrossRuns}, when no round has both.
 *
 * @throws RangeError when there is no value
 */
export function ratioWithinRun(numerators: ByRound, denominators: ByRound): Interval {
  const ratios = quotients(numerators, denominators);
  if (ratios.size > 0) return medianInterval([...ratios.values()]);
  return ratioAcrossRuns([...numerators.values()], [...denominators.values()]);
}

/**
 * The ratio of the medians of two runs, whose rounds are no pairs.
 *
 * @throws RangeError when there is no value
 */
export function ratioAcrossRuns(numerators: readonly number[], denominators: readonly number[]): Interval {
  const rounds = Math.min(numerators.length, denominators.length);
  const misses = 2 / ways(numerators.length + denominators.length, numerators.length);
  return intervalOf(
    median(numerators) / median(denominators),
    rounds,
    misses,
    (draw) => median(draw(numerators)) / median(draw(denominators)),
  );
}

/** The quotient in each round that has both. */
export function quotients(numerators: ByRound, denominators: ByRound): ByRound {
  const found = new Map<number, number>();
  for (const [round, numerator] of numerators) {
    const denominator = denominators.get(round);
    if (denominator !== undefined) found.set(round, numerator / denominator);
  }
  return found;
}

type Draw = (values: readonly number[]) => number[];

/** @param misses how often even the range of all rounds does not hold the true value */
function intervalOf(
  estimate: number,
  rounds: number,
  misses: number,
  again: (draw: Draw) => number,
): Interval {
  if (rounds === 1)
    return { median: estimate, low: 0, high: Number.POSITIVE_INFINITY, rounds, confidence: 0 };
  const generator = prand.xoroshiro128plus(seed);
  const draw: Draw = (values) =>
    values.map(() => values[prand.unsafeUniformIntDistribution(0, values.length - 1, generator)]!);
  const estimates = Float64Array.from({ length: resamples }, () => again(draw)).sort();
  const left = Math.floor(leftOut[Math.min(rounds, leftOut.length - 1)]! * resamples);
  return {
    median: estimate,
    low: estimates[left]!,
    high: estimates[resamples - 1 - left]!,
    rounds,
    confidence: Math.min(wanted, 1 - misses),
  };
}

/** To choose so many of them. */
function ways(from: number, choose: number): number {
  let count = 1;
  for (let i = 0; i < choose; i++) count = (count * (from - i)) / (i + 1);
  return count;
}

/** Whether there were rounds enough for 95 %. */
export function isSure({ confidence }: Pick<Interval, 'confidence'>): boolean {
  return confidence >= wanted;
}

/** Why an interval is less than it seems; undefined when it is not. */
export function reservation({
  rounds,
  confidence,
}: Pick<Interval, 'rounds' | 'confidence'>): string | undefined {
  if (rounds === 1) return 'one round: nothing is known about the spread';
  if (isSure({ confidence })) return undefined;
  const percent = Math.round(confidence * 100);
  return `${rounds} rounds: an interval is their whole range, and holds the true value in ${percent} % of cases, not in 95 %`;
}
