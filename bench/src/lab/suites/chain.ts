import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const chain: Suite = {
  name: 'chain',
  summary: 'gateway → orders → inventory: the server of each call makes a call itself before it answers',
  compareBy: 'p50Us',
  points: [{}],
  needs: () => ['chain'],
  layout: () => ({ ...onePair, servers: 2 }),
  measure: (stage, _point, durationMs) => measureClosed(stage, { ...orders, concurrency: 1, durationMs }),
};
