import { median } from '../stats.js';

/**
 * How much y grows with x: the median of the slopes between all pairs (Theil and Sen), which a single
 * y that is far off does not move.
 *
 * @throws RangeError for fewer than two different x
 */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x1, y1], i) =>
    points.slice(i + 1).flatMap(([x2, y2]) => (x1 === x2 ? [] : [(y2 - y1) / (x2 - x1)])),
  );
  if (slopes.length === 0) throw new RangeError('a slope needs two different places');
  return median(slopes);
}
