import { measureTogether } from '../measure-together.js';
import { onePair } from '../stage.js';
import { orders, type Suite } from '../suite.js';

export const clientCounts = [1, 2, 8, 32] as const;

export const fanin: Suite = {
  name: 'fanin',
  summary: 'many client processes on one server, one call at a time each',
  compareBy: 'callsPerSecond',
  points: clientCounts.map((clients) => ({ clients })),
  needs: ({ clients }) => (clients === 1 ? [] : ['fan-in']),
  layout: ({ clients }) => ({ ...onePair, clients: clients! }),
  // Long enough for several turns of each of many clients on few CPUs.
  minWindowMs: 500,
  measure: (stage, _point, durationMs) => measureTogether(stage, { ...orders, concurrency: 1, durationMs }),
};
