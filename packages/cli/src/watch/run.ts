import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RunEnd, Task } from './message.js';

const MAIN = fileURLToPath(new URL('./run-main.js', import.meta.url));

/** How long a run may take to tidy up before it is killed. */
const STOP_MS = 2_000;

/** A generation under way in a process of its own. */
export class Run {
  readonly #child: ChildProcess;
  /** What it told at its end; undefined when it was stopped, or died without a word. */
  readonly end: Promise<RunEnd | undefined>;

  constructor(task: Task) {
    this.#child = fork(MAIN, [JSON.stringify(task)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let told: RunEnd | undefined;
    this.#child.on('message', (message) => {
      told = message as RunEnd;
    });
    // Not `exit`: a last message may still be on its way then.
    this.end = once(this.#child, 'close').then(() => told);
  }

  /** Ends it, whatever the contract is doing. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.end;
    clearTimeout(kill);
  }
}
