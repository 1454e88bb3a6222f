/** A straight line through measurements at 0, 1, 2, …, by least squares. */
export interface Slope {
  /** Per step. */
  readonly perWindow: number;
  /** The 95 % interval of it. */
  readonly from: number;
  readonly to: number;
}

/** Student's t for 95 %, both sides, by degrees of freedom from 8 to 30: as in any table of it. */
const T_95 = [
  2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069,
  2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
] as const;

/**
 * Slope b = Sxy / Sxx, its standard error √(Σ residual² / (n − 2) / Sxx), interval b ± t(n − 2) × error.
 * @throws RangeError for fewer than 10 measurements, or more than 32
 */
export function slopeOf(values: readonly number[]): Slope {
  const n = values.length;
  const t = T_95[n - 10];
  if (t === undefined) throw new RangeError(`a slope of ${n} measurements; 10 to 32 are needed`);
  const meanX = (n - 1) / 2;
  const meanY = values.reduce((sum, y) => sum + y, 0) / n;
  let sxx = 0;
  let sxy = 0;
  for (const [x, y] of values.entries()) {
    sxx += (x - meanX) ** 2;
    sxy += (x - meanX) * (y - meanY);
  }
  const perWindow = sxy / sxx;
  let squares = 0;
  for (const [x, y] of values.entries()) squares += (y - meanY - perWindow * (x - meanX)) ** 2;
  const error = Math.sqrt(squares / (n - 2) / sxx);
  return { perWindow, from: perWindow - t * error, to: perWindow + t * error };
}
