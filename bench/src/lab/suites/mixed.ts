import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

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
    const load = { ...orders, concurrency: 1, durationMs };
    if (beside === 'alone') return await measureClosed(stage, load);
    await stage.client.ask('beginBeside', large);
    try {
      return await measureClosed(stage, load);
    } finally {
      await stage.client.ask('endBeside', null);
    }
  },
};
