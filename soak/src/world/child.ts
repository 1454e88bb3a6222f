import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Words of a process that are kept, in case it ends. */
const KEPT_CHARACTERS = 4_096;

interface Message {
  readonly event?: 'ready' | 'violated';
  readonly words?: string;
  readonly id?: number;
  readonly result?: unknown;
  readonly failure?: string;
}

/** A process of the soak: can be asked, stopped and killed, and tells of violations. */
export class Child {
  readonly ready: Promise<void>;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** It was killed on purpose. */
  killed = false;
  gone = false;
  output = '';
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #nextId = 1;

  constructor(
    readonly name: string,
    program: string,
    plan: object,
    onViolation: (words: string) => void,
    execArgv: readonly string[] = [],
  ) {
    const file = fileURLToPath(new URL(`../${program}`, import.meta.url));
    const child = fork(file, [JSON.stringify(plan)], {
      execArgv: [...execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Not in the group that Ctrl-C reaches: whoever runs it decides what becomes of it, also while it still starts.
      detached: true,
    });
    this.#process = child;
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output = (this.output + chunk).slice(-KEPT_CHARACTERS);
      });
    }
    this.exited = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: Message) => {
        if (message.event === 'ready') resolve();
        if (message.event === 'violated') onViolation(`${name}: ${message.words}`);
        this.#answered(message);
      });
      void this.exited.then(() => reject(new Error(`${name} ended before it was ready: ${this.output}`)));
    });
    this.ready.catch(() => {});
    child.on('error', () => {});
    void this.exited.then(({ code, signal }) => {
      this.gone = true;
      running.delete(child);
      for (const { reject } of this.#asked.values()) reject(new Error(`${name} has ended`));
      if (!this.killed && (code !== 0 || signal !== null))
        onViolation(`${name} ended (${signal ?? `exit code ${code}`}): ${this.output.trim()}`);
    });
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  ask<Result>(command: string, argument: unknown = null): Promise<Result> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.gone || !this.#process.connected) {
        reject(new Error(`${this.name} has ended`));
        return;
      }
      this.#asked.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#process.send({ id, command, argument }, () => {});
    });
  }

  signal(name: NodeJS.Signals): void {
    if (!this.gone) this.#process.kill(name);
  }

  async kill(): Promise<void> {
    this.killed = true;
    this.signal('SIGKILL');
    await this.exited;
  }

  #answered({ id, result, failure }: Message): void {
    if (id === undefined) return;
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (failure === undefined) asked?.resolve(result);
    else asked?.reject(new Error(`${this.name}: ${failure}`));
  }
}
