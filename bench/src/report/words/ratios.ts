/** Ratios between transports of a run, in words. */

import { type ByRound, type Interval, ratioWithinRun } from '../../lab/statistics/bootstrap.js';

/** How many times as long, or as slow, the other one is: above 1, one's own is the better one. */
export function advantage(own: ByRound, other: ByRound, largerIsBetter: boolean): Interval {
  return largerIsBetter ? ratioWithinRun(own, other) : ratioWithinRun(other, own);
}

/** As many digits as a ratio deserves: `1.09`, `4.1`, `78`. */
export function formatTimes(ratio: number): string {
  return ratio < 2 ? ratio.toFixed(2) : ratio < 10 ? ratio.toFixed(1) : ratio.toFixed(0);
}

/** What is in the brackets after a figure: `95 %: 70–85`. */
export function intervalWords(interval: Interval, format: (ratio: number) => string = formatTimes): string {
  const { low, high, rounds, confidence } = interval;
  if (rounds === 1) return 'one round';
  const name = confidence >= 0.95 ? '95 %' : `${rounds} rounds`;
  return `${name}: ${format(low)}–${format(high)}`;
}

/** `78 × faster than x (95 %: 70–85)`, `2.1 × slower than …`, `about as fast as …`. */
export function comparedWith(
  other: string,
  interval: Interval,
  words: Comparatives = { better: 'faster than', worse: 'slower than', same: 'about as fast as' },
): string {
  const { median, low, high, rounds } = interval;
  const undecided = rounds > 1 && low <= 1 && high >= 1;
  if (undecided) return `${words.same} ${other} (${formatTimes(median)} ×, ${intervalWords(interval)})`;
  if (median >= 1) return `${formatTimes(median)} × ${words.better} ${other} (${intervalWords(interval)})`;
  const inverse = inverted(interval);
  return `${formatTimes(inverse.median)} × ${words.worse} ${other} (${intervalWords(inverse)})`;
}

/** Of the ratio the other way round. */
export function inverted(interval: Interval): Interval {
  return { ...interval, median: 1 / interval.median, low: 1 / interval.high, high: 1 / interval.low };
}

export interface Comparatives {
  readonly better: string;
  readonly worse: string;
  readonly same: string;
}
