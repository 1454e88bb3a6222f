import { measureClosed, withoutCost } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { callsNeeded } from '../statistics/enough-calls.js';
import { orders, type Suite } from '../suite.js';

/** Beside large calls there are few small ones in a window, and it is their p99 that is compared: ten lie beyond it. */
const minCalls = callsNeeded('p99Us');
/** Nobody waits longer for that: with fewer calls the p99 is missing, and why is told. */
const maxMs = 15_000;

const large = { series: 'bytes', payloadBytes: 1_048_576 } as const;

export const mixed: Suite = {
  name: 'mixed',
  summary:
    'small calls on a connection that carries 1 MiB calls as well, one of each at a time: head-of-line blocking',
  compareBy: 'p99Us',
  points: [{ beside: 'alone' }, { beside: 'large' }],
  needs: () => ['concurrent', 'bytes'],
  layout: () => onePair,
  async measure(stage, { beside }, durationMs) {
    const load = { ...orders, concurrency: 1, durationMs, minCalls, maxMs };
    if (beside === 'alone') return withoutCost(await measureClosed(stage, load));
    await stage.client.ask('beginBeside', large);
    try {
      return withoutCost(await measureClosed(stage, load));
    } finally {
      await stage.client.ask('endBeside', null);
    }
  },
};
