import { Latencies } from '@doorcall/load';
import { latencyFigures } from '../measure-closed.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const clientCounts = [1, 2, 4, 8, 16, 32] as const;

export const fanin: Suite = {
  name: 'fanin',
  summary: 'many client processes on one server, one call at a time each',
  compareBy: 'callsPerSecond',
  points: clientCounts.map((clients) => ({ clients })),
  needs: ({ clients }) => (clients === 1 ? [] : ['fan-in']),
  layout: (points) => ({ ...onePair, clients: Math.max(...points.map(({ clients }) => clients!)) }),
  async measure(stage, { clients }, durationMs) {
    const load = { ...orders, concurrency: 1, durationMs };
    const taking = stage.clients.slice(0, clients);
    const results = await Promise.all(taking.map((client) => client.ask('measure', load)));
    const latencies = Latencies.merge(results.map((result) => result.latencies)).toJSON();
    const { calls, ...figures } = latencyFigures(latencies);
    // All began and ended at almost the same time; the longest is the window.
    const elapsedMs = Math.max(...results.map((result) => result.elapsedMs));
    return { latencies, figures: { ...figures, callsPerSecond: calls / (elapsedMs / 1_000) } };
  },
};
