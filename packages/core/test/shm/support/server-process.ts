import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ShmAcceptorOptions } from '../../../src/transport/shm/index.js';
import type { Hello, Peer, RemoteHello } from '../../../src/transport/transport.js';
import { isStopped, until } from './places.js';

const FIXTURE = fileURLToPath(new URL('../fixtures/server.mjs', import.meta.url));

export interface ServerPlan {
  readonly service?: string;
  readonly acceptor: ShmAcceptorOptions;
  readonly hello?: Partial<Hello>;
  /** Uids that its policy lets in. Default: all. */
  readonly allow?: readonly number[];
  readonly leaveWhenTaken?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  readonly umask?: number;
}

/** What the server process tells. */
export type ServerEvent =
  | { readonly event: 'listening'; readonly address: string }
  | { readonly event: 'failed'; readonly code: string; readonly message: string }
  | { readonly event: 'connection'; readonly peer: Peer; readonly remote: RemoteHello }
  | { readonly event: 'connectionClosed'; readonly reason: string; readonly detail: string }
  | { readonly event: 'problem'; readonly peer?: Peer; readonly reason: string }
  | { readonly event: 'pouring' }
  | { readonly event: 'taken' };

type EventOf<Name extends ServerEvent['event']> = Extract<ServerEvent, { event: Name }>;
type Answer = { readonly id: number; readonly result?: unknown; readonly failure?: string };

/** A server in a process of its own, which the test's end kills. */
export class ServerProcess {
  readonly events: ServerEvent[] = [];
  readonly exited: Promise<void>;
  stderr = '';
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #nextId = 1;
  #gone = false;

  constructor(readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()));
    void this.exited.then(() => {
      this.#gone = true;
      for (const listener of this.#listeners) listener();
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    child.on('message', (message) => {
      if ('id' in (message as object)) this.#answers.get((message as Answer).id)?.(message as Answer);
      else this.events.push(message as ServerEvent);
      for (const listener of this.#listeners) listener();
    });
    onTestFinished(async () => {
      this.kill();
      await this.exited;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** The first event of that name, now or later. */
  event<Name extends ServerEvent['event']>(name: Name): Promise<EventOf<Name>> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.find((event): event is EventOf<Name> => event.event === name);
        if (found === undefined && !this.#gone) return;
        this.#listeners.delete(look);
        if (found !== undefined) resolve(found);
        else
          reject(
            new Error(`the server ended without '${name}': ${JSON.stringify(this.events)} ${this.stderr}`),
          );
      };
      this.#listeners.add(look);
      look();
    });
  }

  tell<Result = null>(command: string, fields: object = {}): Promise<Result> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, ({ result, failure }) =>
        failure === undefined ? resolve(result as Result) : reject(new Error(failure)),
      );
      this.child.send({ id, command, ...fields });
    });
  }

  /** A child of the server that keeps its descriptors; the test's end kills it. */
  async hold(...what: ('lock' | 'sockets')[]): Promise<number> {
    const { pid, held } = await this.tell<{ pid: number; held: number }>('hold', { what });
    onTestFinished(() => {
      process.kill(pid, 'SIGKILL');
    });
    return held;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.#gone) this.child.kill(signal);
  }

  async stop(): Promise<void> {
    this.kill('SIGSTOP');
    await until(() => isStopped(this.pid));
  }

  async killed(): Promise<void> {
    this.kill();
    await this.exited;
  }
}

/**
 * Starts a server; it may be on its way still.
 * @param inside a command that runs it elsewhere, in namespaces of its own for example.
 */
export function launch(
  plan: ServerPlan,
  env: NodeJS.ProcessEnv = {},
  inside: readonly string[] = [],
): ServerProcess {
  const [command, ...args] = [
    ...inside,
    process.execPath,
    FIXTURE,
    JSON.stringify({ service: 'orders', ...plan }),
  ];
  const child = spawn(command as string, args, {
    env: { ...process.env, DOORCALL_DIR: undefined, XDG_RUNTIME_DIR: undefined, ...env },
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  return new ServerProcess(child);
}

/** Starts a server and waits until it listens. */
export async function serve(
  plan: ServerPlan,
  env: NodeJS.ProcessEnv = {},
  inside: readonly string[] = [],
): Promise<ServerProcess> {
  const server = launch(plan, env, inside);
  await Promise.race([
    server.event('listening'),
    server.event('failed').then(({ message }) => Promise.reject(new Error(message))),
  ]);
  return server;
}

/** Starts a server that is not to get its name. */
export async function serveInVain(
  plan: ServerPlan,
  env: NodeJS.ProcessEnv = {},
  inside: readonly string[] = [],
): Promise<{ code: string; message: string }> {
  const server = launch(plan, env, inside);
  return Promise.race([
    server.event('failed'),
    server.event('listening').then(({ address }) => Promise.reject(new Error(`listens at ${address}`))),
  ]);
}
