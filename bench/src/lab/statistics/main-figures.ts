import type { FigureName, SuiteName } from '../results.js';

/**
 * By which figures two runs of a suite are compared; the first is the one of its table in the terminal, the rest is shown.
 * can look slower by chance; and none that may be zero, because it has no ratios.
 */
export const mainFigures: Readonly<Record<SuiteName, readonly FigureName[]>> = {
  latency: ['p50Us'],
  throughput: ['callsPerSecond'],
  // Where the offered load is not reached, the queue grows for as long as the trial lasts: its latency says nothing.
  openloop: ['p99Us', 'achievedPerSecond'],
  fanin: ['callsPerSecond'],
  mixed: ['p99Us'],
  cost: [
    ...(['clientCpuUsPerCall', 'serverCpuUsPerCall', 'connectAndCallMs'] as const),
    ...(['firstConnectAndCallMs', 'memoryKiBPerConnection'] as const),
  ],
  handoff: ['callsPerSecond'],
  chain: ['p50Us'],
  placement: ['p50Us'],
};
