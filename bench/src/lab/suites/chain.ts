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
  async measure(stage, _point, durationMs) {
    const before = await stage.placedByLast();
    const measured = await measureClosed(stage, { ...orders, concurrency: 1, durationMs });
    const placed = (await stage.placedByLast()) - before;
    // Those of its warm-up as well.
    if (placed < measured.calls!)
      throw new Error(`of ${measured.calls} orders, ${placed} came to the last server`);
    return measured;
  },
};
