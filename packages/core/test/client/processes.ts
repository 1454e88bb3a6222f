import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}.mjs`, import.meta.url));

/** A folder for services and a log file, for one test. */
export class Scene {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  readonly #log = path.join(this.directory, 'log');

  constructor() {
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }));
  }

  /** What handlers noted, in the order in which they did. */
  get log(): string[] {
    try {
      return readFileSync(this.#log, 'utf8').trimEnd().split('\n');
    } catch {
      return [];
    }
  }

  /** A server process that listens; the test's end kills it. */
  async serve(who: string): Promise<ChildProcess> {
    const child = fork(fixture('server'), [this.directory, this.#log, who]);
    killAtEnd(child);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    return child;
  }
}

function killAtEnd(child: ChildProcess): void {
  onTestFinished(() => void child.kill('SIGKILL'));
}

export function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
