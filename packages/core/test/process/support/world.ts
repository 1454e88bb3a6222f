import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type ConnectOptions,
  connect,
  RpcError,
  type ServeOptions,
  type ServiceClient,
} from '../../../src/index.js';
import { temporaryFolder } from '../../shm/support/places.js';
import { work } from '../fixtures/contract.mjs';
import { type Actor, type LaunchOptions, launch } from './actor.js';

export type WorkClient = ServiceClient<typeof work>;

/** How a call ended in another process. */
export interface Outcome {
  readonly value?: unknown;
  readonly code?: string;
  readonly origin?: string;
  readonly maybeExecuted?: boolean;
  readonly message?: string;
  /** CLOCK_MONOTONIC, the same in all processes. */
  readonly endedMs: number;
}

/** Starting a server takes a busy machine long; that is not what is tested here. */
const PATIENT: ConnectOptions = { connectTimeoutMs: 60_000 };

/** What a client process under load has seen. */
export interface Load {
  readonly calls: number;
  readonly failures: readonly Outcome[];
  /** Answers that were not their call's. */
  readonly wrong: readonly unknown[];
  /** Of an interval of 1 ms. */
  readonly ticks: number;
}

/** A folder of its own with servers and clients of the service `work` in processes of their own. */
export class World {
  readonly directory = temporaryFolder();
  readonly runLog = path.join(this.directory, 'runs.txt');

  /** A server that may not listen yet. */
  launchServer(options: ServeOptions = {}, launchOptions: LaunchOptions = {}): Actor {
    const { directory, runLog } = this;
    return launch('server.mjs', { directory, runLog, ...options }, launchOptions);
  }

  async serve(options: ServeOptions = {}, launchOptions: LaunchOptions = {}): Promise<Actor> {
    const server = this.launchServer(options, launchOptions);
    await Promise.race([
      server.event('listening'),
      server.event('failed').then(({ message }) => Promise.reject(new Error(String(message)))),
    ]);
    return server;
  }

  /** A client in a process of its own, connected. */
  async client(options: ConnectOptions = {}, launchOptions: LaunchOptions = {}): Promise<Actor> {
    const client = launch('client.mjs', { directory: this.directory, ...PATIENT, ...options }, launchOptions);
    await client.tell('ready');
    return client;
  }

  /** A client in the test's own process, connected. */
  async connect(options: ConnectOptions = {}): Promise<WorkClient> {
    const client = connect(work, { directory: this.directory, ...PATIENT, ...options });
    onTestFinished(() => client.close());
    await client.ready();
    return client;
  }

  /** `<pid> <id>` for each handler that ran, in order. */
  runs(): string[] {
    return existsSync(this.runLog) ? readFileSync(this.runLog, 'utf8').trim().split('\n') : [];
  }
}

/** How a call of the test's own process ends. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    const value = await call;
    return { value, endedMs: monotonicMs() };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { code, origin, maybeExecuted, message } = error;
    return { code, origin, maybeExecuted, message, endedMs: monotonicMs() };
  }
}

/** CLOCK_MONOTONIC. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

export const numbered = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
