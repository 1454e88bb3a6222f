/** What the runner asks of the processes of the waiting benchmark. */
import type { EncodedLatencies } from '@doorcall/load';

type CommonCommands = {
  /** CPU time so far, in µs. */
  cpu: { argument: null; result: number };
};

export type ServerCommands = CommonCommands & {
  /** Serves under this name; with `next`, calls that service before it answers. */
  listen: { argument: { service: string; next?: string }; result: null };
};

export interface WaitingLoad {
  gapUs: number;
  handlerUs: number;
  durationMs: number;
}

export type ClientCommands = CommonCommands & {
  connect: { argument: { service: string }; result: null };
  warmUp: { argument: WaitingLoad; result: null };
  measure: { argument: WaitingLoad; result: EncodedLatencies };
};
