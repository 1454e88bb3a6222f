/**
 * What a transport has to bring to be measured. One file in `transports/` exports one `transport`; its name
 * is the file's name, and nothing else has to know of it.
 */
import type { ChildProcess, ForkOptions } from 'node:child_process';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import type { EncodedLatencies } from '@doorcall/load';
import type { FigureName } from './lab/results.js';
import type { Document, Order, Receipt } from './payload.js';

/** What every server does, with input that has been checked. */
export interface Work {
  /** A promise in the middle of a chain, where the receipt is another server's. */
  place(order: Order): Receipt | Promise<Receipt>;
  echo(document: Document): Document;
  bytes(bytes: Uint8Array): Uint8Array;
}

/**
 * The same, with the input checked by the schema first: for transports that do not validate by themselves. What is not
 * valid is thrown as a ZodError, which the driver must carry to the caller.
 */
export interface CheckedWork {
  place(untrusted: unknown): Receipt | Promise<Receipt>;
  echo(untrusted: unknown): Document;
  bytes(untrusted: unknown): Uint8Array;
}

/**
 * Answers, checked by the schema: for clients whose framework does not. doorcall's do not need it, because its server
 * has checked the answer by the same schema: each value is validated once in every transport.
 */
export interface CheckedAnswers {
  receipt(untrusted: unknown): Receipt;
  document(untrusted: unknown): Document;
  bytes(untrusted: unknown): Uint8Array;
}

/** What the client may need from its trial beyond the server's address. */
export interface ClientSurroundings {
  readonly checked: CheckedAnswers;
  /** Starts the trial's server as a child of this process, for transports that work no other way. */
  forkServer(options: ForkOptions): ChildProcess;
  /** Starts the trial's server as a thread of this process. */
  startServerThread(options: WorkerOptions): Worker;
}

export interface ServerSurroundings {
  /** A private folder for sockets; removed after the trial. */
  readonly directory: string;
  readonly work: Work;
  readonly checked: CheckedWork;
}

export interface RunningServer {
  /** Whatever {@link Transport.connect} needs to find the server. */
  readonly address: string;
  close(): Promise<void>;
}

/** Calls that leave the thread free. None of them needs its `this`. */
export interface AsyncConnection {
  readonly mode: 'async';
  place(order: Order): Promise<Receipt>;
  echo(document: Document): Promise<Document>;
  bytes(bytes: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Calls that block the thread until the answer is there. */
export interface SyncConnection {
  readonly mode: 'sync';
  place(order: Order): Receipt;
  echo(document: Document): Document;
  bytes(bytes: Uint8Array): Uint8Array;
  close(): Promise<void>;
}

/** One connection of its own: two calls of `connect` never share a socket, a ring or a pool. */
export type Connection = AsyncConnection | SyncConnection;

/** What a scenario asks of a transport, and some cannot give. */
export type Trait =
  /** Several calls in flight. */
  | 'concurrent'
  /** Many connections that do nothing. */
  | 'idle-connections'
  /** Raw bytes. */
  | 'bytes'
  /** Several client processes of one server. */
  | 'fan-in'
  /** A server that asks another one before it answers. */
  | 'chain'
  /** Server and client on CPUs of the runner's choice. */
  | 'placement';

export interface Transport {
  readonly kind: 'ours' | 'peer';
  /** One line for `--help` and reports: what runs, over what, with which codec. */
  readonly summary: string;
  /** The package that is measured and its version, as installed here, e.g. `undici 7.30.2`. */
  readonly version: string;
  /** What the others do and this one does not; shown beside every figure of it. */
  readonly doesLess?: string;
  /** What is in a figure of it and not in those of others; shown beside them. */
  readonly remarks?: Partial<Record<FigureName, string>>;
  /** Who starts the server process. With `client`, `connect` starts it and `startServer` runs in that child. */
  readonly serverStartedBy: 'runner' | 'client';
  /** Scenarios with these traits are not measured; the text says why. */
  readonly cannot?: Partial<Record<Trait, string>>;
  /** Environment variables of both processes. */
  readonly env?: Readonly<Record<string, string>>;
  startServer(surroundings: ServerSurroundings): Promise<RunningServer>;
  connect(address: string, surroundings: ClientSurroundings): Promise<Connection>;
}

/** What no transport can beat: a program in C++ that measures itself, with raw bytes only. */
export interface Floor {
  readonly kind: 'floor';
  readonly summary: string;
  readonly version: string;
  readonly doesLess: string;
  /** @throws when the program is not built, or ends otherwise than with its figures */
  run(load: FloorLoad, signal: AbortSignal): Promise<FloorResult>;
}

export interface FloorLoad {
  /** Copied in and out on both ends at every exchange. */
  readonly bytes: number;
  readonly durationMs: number;
  readonly warmUpMs: number;
  /** On which CPU each end runs; without it, where the scheduler puts them. */
  readonly cpus?: { readonly server: number; readonly client: number };
}

export interface FloorResult {
  readonly elapsedMs: number;
  readonly calls: number;
  /** User and system time within the measured window, in µs. */
  readonly cpuUs: { readonly client: number; readonly server: number };
  /** Voluntary and involuntary ones within the measured window. */
  readonly contextSwitches: { readonly client: number; readonly server: number };
  readonly latencies: EncodedLatencies;
}
