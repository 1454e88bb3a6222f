import { measureClosed } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const concurrencies = [1, 4, 16, 64, 256] as const;

export const throughput: Suite = {
  name: 'throughput',
  summary: 'a fixed number of calls in flight',
  compareBy: 'callsPerSecond',
  points: concurrencies.map((concurrency) => ({ concurrency })),
  needs: ({ concurrency }) => (concurrency === 1 ? [] : ['concurrent']),
  layout: () => onePair,
  measure: (stage, { concurrency }, durationMs) =>
    measureClosed(stage, { ...orders, concurrency: concurrency!, durationMs }),
};
