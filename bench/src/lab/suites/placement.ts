import { type Placement, placements } from '../../placement.js';
import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const placement: Suite = {
  name: 'placement',
  summary: 'one call at a time: both ends where the scheduler puts them, on one CPU, on one each',
  compareBy: 'p50Us',
  points: (Object.keys(placements) as Placement[]).map((name) => ({ placement: name })),
  needs: (point) => (point.placement === 'free' ? [] : ['placement']),
  layout: () => onePair,
  measure: (stage, _point, durationMs) => measureClosed(stage, { ...orders, concurrency: 1, durationMs }),
  floor: () => ({ bytes: 64 }),
};
