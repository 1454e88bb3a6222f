/** What the runner asks of the two processes of a smoke trial. */
import type { LatencySummary } from '@doorcall/load';
import type { Load } from '../measure/load.js';
import type { HeldMemory } from '../measure/memory.js';

type CommonCommands = {
  /** CPU time so far, in µs. */
  cpu: { argument: null; result: number };
  memory: { argument: null; result: HeldMemory };
  /** CPU use while left alone, in percent of a core. */
  idleCpu: { argument: { settleMs: number; windowMs: number }; result: number };
};

export type ServerCommands = CommonCommands & {
  /** Starts the server. Answers with its address. */
  listen: { argument: { transport: string; directory: string }; result: string };
  startProbe: { argument: null; result: null };
  /** Answers with the 99th percentile of the timer's lateness in µs. */
  stopProbe: { argument: null; result: number };
};

export interface LoadResult extends LatencySummary {
  elapsedMs: number;
  /** CPU time of the client over the window, in µs. */
  cpuUs: number;
}

export type ClientCommands = CommonCommands & {
  connect: { argument: { transport: string; address: string }; result: null };
  /** Makes sure that good orders are answered and bad ones refused. */
  check: { argument: null; result: null };
  /** Makes calls without noting them. */
  warmUp: { argument: Load; result: null };
  measure: { argument: Load; result: LoadResult };
  /** Like `warmUp` with a timer beside it: the 99th percentile of its lateness in µs. */
  probe: { argument: Load; result: number };
  /** Opens further connections, each proven by one call. */
  openIdle: { argument: number; result: null };
  closeIdle: { argument: null; result: null };
};
