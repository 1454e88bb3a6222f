import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** The file that the package's bin names. */
const BIN = path.resolve(import.meta.dirname, '..', '..', 'bin', 'doorcall.js');

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `doorcall` in a folder to its end. */
export function doorcall(folder: string, ...args: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: environment(),
    encoding: 'utf8',
    timeout: 200_000,
  });
  return { exitCode: status, stdout, stderr };
}

/** A `doorcall` that goes on. */
export class Running {
  readonly #child: ChildProcess;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  #output = '';
  #look = () => {};

  constructor(folder: string, ...args: readonly string[]) {
    this.#child = spawn(process.execPath, [BIN, ...args], { cwd: folder, env: environment() });
    this.ended = once(this.#child, 'close').then(([exitCode, by]) => by ?? exitCode);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#look();
      });
    }
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  /** Resolves with all output up to and with the text, and forgets it. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.#output.indexOf(text);
      if (at >= 0) {
        const found = this.#output.slice(0, at + text.length);
        this.#output = this.#output.slice(at + text.length);
        return found;
      }
      await Promise.race([
        new Promise<void>((resolve) => {
          this.#look = resolve;
        }),
        this.ended.then(() => {
          throw new Error(`ended before it said ${text}:\n${this.#output}`);
        }),
      ]);
    }
  }

  /** Writes all of its standard input. */
  write(text: string): void {
    this.#child.stdin?.end(text);
  }

  /** @returns its exit code, or the signal that ended it. */
  async end(signal: NodeJS.Signals): Promise<number | string | null> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** Without what test runners put into it. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, FORCE_COLOR: __, ...rest } = process.env;
  return rest;
}
