import prand from 'pure-rand';

/** When calls are due: every so often, or by chance as independent users come, so often on average. */
export type Arrivals = 'uniform' | 'poisson';

/** The times of calls in ms from the start, one after another. */
export type Schedule = () => number;

/** @param seed of the chance in `poisson`: the same one gives the same times */
export function scheduleOf(arrivals: Arrivals, ratePerSecond: number, seed: number): Schedule {
  const gapMs = 1_000 / ratePerSecond;
  if (arrivals === 'uniform') {
    let index = 0;
    // Multiplied and not added up: a million roundings must not move the last call.
    return () => index++ * gapMs;
  }
  const generator = prand.xoroshiro128plus(seed);
  let at = 0;
  return () => {
    // In (0, 1], so that the logarithm exists.
    const chance = (prand.unsafeUniformIntDistribution(0, 2 ** 32 - 1, generator) + 1) / 2 ** 32;
    at -= Math.log(chance) * gapMs;
    return at;
  };
}
