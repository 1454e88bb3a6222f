import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A program of an example, as a process; the test's end kills it. */
export class Program {
  output = '';
  /** Exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  readonly #child: ChildProcess;
  readonly #looks = new Set<() => void>();
  #ended = false;

  /** @param file what it runs, as built */
  constructor(file: URL, args: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) {
    const main = fileURLToPath(file);
    const env = { ...process.env, ...environment };
    this.#child = spawn(process.execPath, [main, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => {
        this.output += chunk;
        this.#look();
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#ended = true;
        this.#look();
        resolve(code ?? (signal as NodeJS.Signals));
      });
    });
    onTestFinished(async () => {
      this.signal('SIGKILL');
      await this.exited;
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** Waits for what it prints. @returns the match that comes after `from` characters */
  says(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(this.output.slice(from));
        if (found === null && !this.#ended) return;
        this.#looks.delete(look);
        if (found === null) reject(new Error(`it ended without saying ${pattern}:\n${this.output}`));
        else resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}
