import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const busyCounts = [0, 1, 2, 4] as const;

export const handoff: Suite = {
  name: 'handoff',
  summary: 'one call at a time beside compute-bound processes; the rate should not drop by more than half',
  compareBy: 'callsPerSecond',
  points: busyCounts.map((busy) => ({ busy })),
  needs: () => [],
  layout: () => onePair,
  // Long enough for many time slices of the scheduler.
  minWindowMs: 500,
  measure: (stage, _point, durationMs) => measureClosed(stage, { ...orders, concurrency: 1, durationMs }),
  floor: () => ({ bytes: 64 }),
};
