/** The few statistics that results are made of. */

/** @throws RangeError when there is no value */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** @throws RangeError when there is no value, or one that is not positive */
export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('the geometric mean of nothing');
  const bad = values.find((value) => !(value > 0));
  if (bad !== undefined) throw new RangeError(`the geometric mean of ${bad}`);
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/**
 * The median of the ratios `numerators[i] / denominators[i]`: each ratio compares two neighbours in time, so
 * that a machine that gets slower over a run does not bend it.
 *
 * @throws RangeError when the lists differ in length or are empty
 */
export function medianRatio(numerators: readonly number[], denominators: readonly number[]): number {
  if (numerators.length !== denominators.length) throw new RangeError('ratios need pairs');
  return median(numerators.map((numerator, i) => numerator / denominators[i]!));
}

/**
 * The smallest value that at least `percent` of the values do not exceed (nearest rank).
 *
 * @throws RangeError when there is no value
 */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) throw new RangeError('a percentile of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
}

/** Three digits behind the point: nanoseconds of a figure in microseconds. More would be noise. */
export function toThousandths(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
