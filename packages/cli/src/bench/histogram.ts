import type { Latencies } from '@doorcall/load';

/** Calls that took longer than the bin before says, and no longer than this. */
export interface Bin {
  readonly toUs: number;
  readonly count: number;
}

const BINS = 10;

/** Nothing to be told apart: the histogram itself keeps three digits. */
const NARROW = 1.01;

/**
 * Where latencies lie, in bins each of which is as many times as wide as the one before: a tail a hundred times as long
 * as the median would leave nothing to be seen in bins of one width. None without calls.
 */
export function histogramOf(latencies: Latencies): readonly Bin[] {
  if (latencies.calls === 0) return [];
  const fastest = Math.max(latencies.percentileUs(0), 0.001);
  const slowest = Math.max(latencies.percentileUs(100), fastest);
  const bins = slowest < fastest * NARROW ? 1 : BINS;
  const bound = (index: number) => fastest * (slowest / fastest) ** (index / bins);
  const atLeast = Array.from({ length: bins }, (_, index) =>
    index === 0 ? latencies.calls : latencies.countFrom(bound(index)),
  );
  return atLeast.map((count, index) => ({
    toUs: bound(index + 1),
    count: count - (atLeast[index + 1] ?? 0),
  }));
}
