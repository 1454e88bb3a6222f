import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from '../../shm/support/places.js';

/** What the two versions of cgroups call the same things. */
const FILES = {
  v1: { limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes', events: 'memory.oom_control' },
  v2: { limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
} as const;

/** Where a group with a memory limit can be made: the root of the version 1 hierarchy, or of version 2. */
function place(): { readonly root: string; readonly version: 'v1' | 'v2' } | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  for (const [, root = '', type, options = ''] of mounts) {
    if (type === 'cgroup' && options.split(',').includes('memory')) return { root, version: 'v1' };
    const control = path.join(root, 'cgroup.subtree_control');
    if (type !== 'cgroup2' || !existsSync(control)) continue;
    if (readFileSync(control, 'utf8').split(/\s/).includes('memory')) return { root, version: 'v2' };
  }
  return undefined;
}

/** Processes that have so much memory together: pages of their own, and shared ones that they were the first to touch. */
export class MemoryGroup {
  static #count = 0;
  readonly #folder: string;
  readonly #files: (typeof FILES)['v1' | 'v2'];

  constructor(limitBytes: number) {
    const { root, version } = place() as NonNullable<ReturnType<typeof place>>;
    this.#files = FILES[version];
    this.#folder = path.join(root, `doorcall-test-${process.pid}-${MemoryGroup.#count++}`);
    mkdirSync(this.#folder);
    writeFileSync(path.join(this.#folder, this.#files.limit), String(limitBytes));
  }

  static readonly possible = (() => {
    try {
      new MemoryGroup(1024 * 1024 * 1024).#remove();
      return true;
    } catch {
      return false;
    }
  })();

  /** Before the test kills the process: the group goes when its last process has gone. */
  add(pid: number): void {
    writeFileSync(path.join(this.#folder, 'cgroup.procs'), String(pid));
  }

  removeAfterTest(): void {
    onTestFinished(async () => {
      await until(() => readFileSync(path.join(this.#folder, 'cgroup.procs'), 'utf8') === '');
      this.#remove();
    });
  }

  get peakBytes(): number {
    return Number(readFileSync(path.join(this.#folder, this.#files.peak), 'utf8'));
  }

  get kills(): number {
    const events = readFileSync(path.join(this.#folder, this.#files.events), 'utf8');
    return Number(/^oom_kill (\d+)/m.exec(events)?.[1]);
  }

  #remove(): void {
    rmdirSync(this.#folder);
  }
}
