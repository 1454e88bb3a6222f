import type { Content } from '../load.js';
import { measureClosed } from '../measure-closed.js';
import type { Point } from '../results.js';
import { onePair } from '../stage.js';
import type { Suite } from '../suite.js';

export const payloadSizes = [0, 64, 1_024, 16_384, 65_536, 1_048_576] as const;
export const seriesNames = ['typed', 'bytes'] as const;

/** For large values, whose calls take as long as the window of a small one. */
const minCalls = 25;

export const latency: Suite = {
  name: 'latency',
  summary: 'one call at a time, back to back, by the size of what goes there and back',
  compareBy: 'p50Us',
  points: seriesNames.flatMap((series) => payloadSizes.map((payloadBytes) => ({ series, payloadBytes }))),
  needs: ({ series }) => (series === 'bytes' ? ['bytes'] : []),
  layout: () => onePair,
  // What echoing documents leaves behind (compiled code, a grown heap) is no part of bytes' lives.
  separately: ({ series }) => series,
  measure: (stage, point, durationMs) =>
    measureClosed(stage, { content: contentOf(point), concurrency: 1, durationMs, minCalls }),
  floor: ({ series, payloadBytes }) => (series === 'bytes' ? { bytes: payloadBytes! } : undefined),
};

function contentOf({ series, payloadBytes }: Point): Content {
  return { series: series === 'bytes' ? 'bytes' : 'typed', payloadBytes: payloadBytes ?? 0 };
}
