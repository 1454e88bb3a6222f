/** How much faster ours is, as every table and target says it. */
import { geometricMean, median, medianRatio } from '../stats.js';
import { ours } from './contestants.js';
import type { Measurements } from './measurements.js';
import type { PayloadName } from './payloads/index.js';

/**
 * The contestant's time for a payload over ours: the median of the ratios within a round.
 *
 * @returns undefined when no round has both
 */
export function speedRatio(
  measurements: Measurements,
  contestant: string,
  payload: PayloadName,
): number | undefined {
  const pairs = measurements.pairs(contestant, ours, payload);
  if (pairs.length === 0) return undefined;
  const theirs = pairs.map(([figures]) => figures.totalNs);
  return medianRatio(
    theirs,
    pairs.map(([, figures]) => figures.totalNs),
  );
}

/**
 * The geometric mean of a round's ratios over these payloads, and of that the median over the rounds.
 *
 * @returns undefined when no round has all of them
 */
export function meanSpeedRatio(
  measurements: Measurements,
  contestant: string,
  payloads: readonly PayloadName[],
): number | undefined {
  const means: number[] = [];
  for (let round = 0; round < measurements.rounds; round++) {
    const ratios = payloads.flatMap((payload) => {
      const theirs = measurements.at(round, contestant, payload);
      const own = measurements.at(round, ours, payload);
      return theirs && own ? [theirs.totalNs / own.totalNs] : [];
    });
    if (ratios.length > 0 && ratios.length === payloads.length) means.push(geometricMean(ratios));
  }
  return means.length === 0 ? undefined : median(means);
}

/**
 * Our encoded size over the contestant's, of the variant for which that is largest.
 *
 * @returns undefined when not both were measured
 */
export function sizeRatio(
  measurements: Measurements,
  contestant: string,
  payload: PayloadName,
): number | undefined {
  // Sizes do not differ between rounds.
  const pair = measurements.pairs(contestant, ours, payload)[0];
  if (pair === undefined) return undefined;
  const [theirs, own] = pair;
  return Math.max(...own.sizes.map((size, variant) => size / theirs.sizes[variant]!));
}
