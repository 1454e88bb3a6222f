/** What the runner asks of the processes of a trial. */
import type { EncodedLatencies } from '@doorcall/load';
import type { HeldMemory } from '../measure/memory.js';
import type { Load } from './load.js';
import type { OpenLoad, OpenResult } from './open-loop.js';

/** So far, of a whole process. */
export interface Usage {
  /** Ends that share a process (threads) are counted once. */
  readonly pid: number;
  readonly cpuUs: number;
  readonly contextSwitches: number;
}

export type CommonCommands = {
  usage: { argument: null; result: Usage };
  memory: { argument: null; result: HeldMemory };
  /** CPU use while left alone, in percent of a core. */
  idleCpu: { argument: { settleMs: number; windowMs: number }; result: number };
};

export type ServerCommands = CommonCommands & {
  /**
   * Starts the server; with `next`, every order is passed on to the server there; with `counts`, it counts them. Answers
   * with its address.
   */
  listen: {
    argument: { transport: string; directory: string; next?: string; counts?: boolean };
    result: string;
  };
  /** How many orders it has placed itself, if it was to count them. */
  placed: { argument: null; result: number };
};

export interface LoadResult {
  /** From the first call to the end of the last, by the clock that all processes share. */
  readonly startMs: number;
  readonly endMs: number;
  readonly latencies: EncodedLatencies;
  /** Of the client over the window. */
  readonly cpuUs: number;
}

export interface ConnectResult {
  /** Until `connect` was through. */
  readonly connectMs: number;
  /** From the beginning of `connect` to the first answer. */
  readonly firstAnswerMs: number;
}

export type ClientCommands = CommonCommands & {
  /** Connects and makes the first call of the process. */
  connect: { argument: { transport: string; address: string }; result: ConnectResult };
  /** Connects once more beside, makes a call and closes again. */
  reconnect: { argument: null; result: ConnectResult };
  /** Makes sure that good orders are answered and bad ones refused. */
  check: { argument: null; result: null };
  /** Makes calls without noting them. Answers how many a millisecond there were. */
  warmUp: { argument: Load; result: number };
  /** Sleeps until `beginMs` of the common clock, if it is given, and measures. */
  measure: { argument: { load: Load; beginMs?: number }; result: LoadResult };
  measureOpen: { argument: OpenLoad; result: OpenResult };
  /** Makes calls one after the other, on the same connection, until `endBeside`. */
  beginBeside: { argument: Load['content']; result: null };
  endBeside: { argument: null; result: null };
  /** Opens further connections, each proven by one call. */
  openIdle: { argument: number; result: null };
  closeIdle: { argument: null; result: null };
};
