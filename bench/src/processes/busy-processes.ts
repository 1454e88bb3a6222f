import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from './within.js';

const program = fileURLToPath(new URL('./busy-program.js', import.meta.url));

/** One that computes no sooner never will. */
const startSeconds = 20;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Compute-bound processes that run until this is disposed. */
export class BusyProcesses implements AsyncDisposable {
  readonly #children: readonly ChildProcess[];
  /** Rejects when one of them ends by itself. */
  readonly #lost: Promise<never>;

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
    this.#lost = new Promise((_, reject) => {
      for (const child of children) {
        child.on('error', reject);
        child.on('exit', (code, signal) => {
          running.delete(child);
          reject(new Error(`a compute-bound process ended early (${signal ?? `exit code ${code}`})`));
        });
      }
    });
    // Told by `during`, if anybody asks.
    this.#lost.catch(() => {});
  }

  /** Resolves when all of them compute. @throws when one ends before, or does not come to it */
  static async start(count: number): Promise<BusyProcesses> {
    const children = Array.from({ length: count }, () => {
      const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'ignore'] });
      running.add(child);
      return child;
    });
    const busy = new BusyProcesses(children);
    try {
      const all = Promise.all(children.map((child) => once(child.stdout!, 'data')));
      await within(startSeconds, busy.during(all));
      return busy;
    } catch (error) {
      await busy[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws when one of them ends meanwhile: what was measured then had less company than it says */
  during<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#lost]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
