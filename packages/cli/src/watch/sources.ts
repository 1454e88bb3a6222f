import { statSync } from 'node:fs';
import path from 'node:path';
import { contractFiles } from '@doorcall/codegen';
import { type Change, FolderWatch } from './folders.js';
import type { RunEnd } from './message.js';

/** A file system's clock may lag this much behind the process's. */
const CLOCK_LAG_MS = 10;

/** What a run writes itself, under the passing names that files have while they are written, too. */
const OWN_OUTPUT = /\.(?:gen\.\w+|contract\.txt)(?:\.\d+)?$/;

/** What a generation depends on; tells when any of it has changed. */
export class Sources {
  #files = new Set<string>();
  #patterns: readonly string[] = [];
  /** What the patterns named last, as one text. */
  #named = '';
  #ok = true;
  readonly #folders = new FolderWatch(0, (change, file) => this.#nearby(change, file));
  readonly #trees = new FolderWatch(Number.MAX_SAFE_INTEGER, (change, file) => this.#below(change, file));

  /** @param onChange told the file's absolute path */
  constructor(private readonly onChange: (file: string) => void) {}

  /** How many files are watched. */
  get count(): number {
    return this.#files.size;
  }

  /** Before the first run: what is known without it. */
  async begin(files: readonly string[]): Promise<void> {
    this.#files = new Set(files);
    await this.#watch();
  }

  /**
   * After a run: what it depended on, by its own account.
   *
   * @param startedAt Unix time in milliseconds
   * @returns a file that has changed since the run started, before anybody watched it.
   */
  async follow(end: RunEnd | undefined, startedAt: number): Promise<string | undefined> {
    this.#ok = end?.ok === true;
    const files = end?.files ?? [];
    // A run that failed may not have come to all of its files.
    this.#files = new Set(this.#ok ? files : [...this.#files, ...files]);
    this.#patterns = end?.patterns ?? this.#patterns;
    this.#named = await this.#listing();
    await this.#watch();
    const endedAt = Date.now();
    return [...this.#files].find((file) => {
      const changedAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      return changedAt >= startedAt - CLOCK_LAG_MS && changedAt <= endedAt;
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#folders.close(), this.#trees.close()]);
  }

  async #watch(): Promise<void> {
    await Promise.all([
      this.#folders.watch([...this.#files].map((file) => path.dirname(file))),
      this.#trees.watch(this.#patterns.filter(isGlob).map(fixedPart)),
    ]);
  }

  #nearby(_change: Change, file: string): void {
    // After a failure it may be the one that was missing.
    if (this.#files.has(file) || (!this.#ok && !OWN_OUTPUT.test(file))) this.onChange(file);
  }

  async #below(change: Change, file: string): Promise<void> {
    if (change !== 'change' && (await this.#listing()) !== this.#named) this.onChange(file);
  }

  async #listing(): Promise<string> {
    // Nothing matches: the run says so.
    const files = await contractFiles(this.#patterns, '/').catch(() => []);
    return files.join('\n');
  }
}

const GLOB_CHARACTER = /[*?[\]{}()!+@]/;

function isGlob(pattern: string): boolean {
  return GLOB_CHARACTER.test(pattern);
}

/** The folders before the first one that a glob leaves open. */
function fixedPart(pattern: string): string {
  const parts = pattern.split('/');
  const open = parts.findIndex((part) => GLOB_CHARACTER.test(part));
  return parts.slice(0, open).join('/') || '/';
}
