import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const busyCounts = [0, 1, 2, 4] as const;

/** Long enough for many time slices of the scheduler. */
const minMs = 500;

export const handoff: Suite = {
  name: 'handoff',
  summary: 'one call at a time beside compute-bound processes; the rate should not drop by more than half',
  compareBy: 'callsPerSecond',
  points: busyCounts.map((busy) => ({ busy })),
  needs: () => [],
  layout: () => onePair,
  measure: (stage, _point, windowMs) =>
    measureClosed(stage, { ...orders, concurrency: 1, durationMs: Math.max(windowMs, minMs) }),
  floor: () => ({ bytes: 64 }),
};
