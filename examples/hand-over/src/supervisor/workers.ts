import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../worker/main.js', import.meta.url));
const RESTART_MS = 100;

/** Worker processes: one that ends is started again. */
export class Workers {
  readonly #running = new Set<ChildProcess>();
  readonly #kept: readonly Promise<void>[];
  #stopping = false;

  constructor(
    private readonly directory: string,
    count: number,
  ) {
    this.#kept = Array.from({ length: count }, (_, index) => this.#keep(`worker-${index + 1}`));
  }

  /** Lets all of them finish what they have. Resolves when they are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of this.#running) child.kill('SIGTERM');
    await Promise.all(this.#kept);
  }

  async #keep(name: string): Promise<void> {
    while (!this.#stopping) {
      const child = spawn(process.execPath, [MAIN, name], {
        env: { ...process.env, DOORCALL_DIR: this.directory },
        // The worker ends when its standard input does: when this process does, however that may be.
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      this.#running.add(child);
      console.log(`supervisor: ${name} is pid ${child.pid}`);
      const [code, signal] = await once(child, 'exit');
      this.#running.delete(child);
      console.log(`supervisor: ${name} ended (${signal ?? code})`);
      if (!this.#stopping) await sleep(RESTART_MS);
    }
  }
}
