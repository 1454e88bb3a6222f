/**
 * What a transport has to bring to be measured. One file in `transports/` exports one `transport`; its name
 * is the file's name, and nothing else has to know of it.
 */
import type { ChildProcess, ForkOptions } from 'node:child_process';
import type { Order, Receipt } from './payload.js';

/** Handles one order; throws when it is not valid. The driver must carry the refusal to the caller. */
export type AnswerOrder = (untrusted: unknown) => Receipt;

/** What the client may need from its trial beyond the server's address. */
export interface ClientSurroundings {
  /** Starts the trial's server as a child of this process, for transports that work no other way. */
  forkServer(options: ForkOptions): ChildProcess;
}

export interface ServerSurroundings {
  /** A private folder for sockets; removed after the trial. */
  readonly directory: string;
  readonly answer: AnswerOrder;
}

export interface RunningServer {
  /** Whatever {@link Transport.connect} needs to find the server. */
  readonly address: string;
  close(): Promise<void>;
}

/** One connection of its own: two calls of `connect` never share a socket, a ring or a pool. */
export type Connection =
  | { readonly mode: 'async'; call(order: Order): Promise<Receipt>; close(): Promise<void> }
  | { readonly mode: 'sync'; call(order: Order): Receipt; close(): Promise<void> };

/** A property of a scenario that some transports cannot have. */
export type Trait = 'concurrent' | 'idle-connections';

export interface Transport {
  /** One line for `--help` and reports: what runs, over what, with which codec. */
  readonly summary: string;
  /** Who starts the server process. With `client`, `connect` starts it and `startServer` runs in that child. */
  readonly serverStartedBy: 'runner' | 'client';
  /** Scenarios with these traits are not measured; the text says why. */
  readonly cannot?: Partial<Record<Trait, string>>;
  startServer(surroundings: ServerSurroundings): Promise<RunningServer>;
  connect(address: string, surroundings: ClientSurroundings): Promise<Connection>;
}
