import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { isStopped, until } from '../../shm/support/places.js';

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly failure?: string;
  readonly event?: string;
}

export type ActorEvent = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A process of the test's, told what to do over IPC; the test's end kills it. */
export class Actor {
  readonly events: ActorEvent[] = [];
  /** Exit code and signal. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  output = '';
  readonly #listeners = new Set<() => void>();
  readonly #answers = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #nextId = 1;
  #gone = false;

  constructor(readonly child: ChildProcess) {
    this.exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
      });
    }
    void this.exited.then(() => {
      this.#gone = true;
      for (const { reject } of this.#answers.values()) reject(new Error(`the process ended: ${this.output}`));
      for (const listener of this.#listeners) listener();
    });
    child.on('message', (message) => this.#heard(message as Message));
    child.on('error', () => {});
    onTestFinished(async () => {
      this.kill();
      await this.exited;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** The first event of that name, now or later. */
  event(name: string): Promise<ActorEvent> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.events.find(({ event }) => event === name);
        if (found === undefined && !this.#gone) return;
        this.#listeners.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the process ended without '${name}': ${this.output}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  tell<Result = null>(command: string, fields: object = {}): Promise<Result> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send({ id, command, ...fields });
    });
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    if (!this.#gone) this.child.kill(signal);
  }

  async killed(): Promise<void> {
    this.kill();
    await this.exited;
  }

  /** Resolves when every thread has stopped. */
  async stop(): Promise<void> {
    this.kill('SIGSTOP');
    await until(() => this.stopped);
  }

  get stopped(): boolean {
    return isStopped(this.pid);
  }

  #heard({ id, result, failure, event, ...fields }: Message): void {
    if (id === undefined) this.events.push({ event: event as string, ...fields });
    else if (failure === undefined) this.#answers.get(id)?.resolve(result);
    else this.#answers.get(id)?.reject(new Error(failure));
    if (id !== undefined) this.#answers.delete(id);
    for (const listener of this.#listeners) listener();
  }
}

export interface LaunchOptions {
  readonly nodeOptions?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
}

/** Starts a fixture by its file name. */
export function launch(fixture: string, plan: object, options: LaunchOptions = {}): Actor {
  const file = fileURLToPath(new URL(`../fixtures/${fixture}`, import.meta.url));
  const child = fork(file, [JSON.stringify(plan)], {
    execArgv: [...(options.nodeOptions ?? [])],
    env: { ...process.env, DOORCALL_DIR: undefined, XDG_RUNTIME_DIR: undefined, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  return new Actor(child);
}
