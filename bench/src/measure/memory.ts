import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process holds that grows with its connections. */
export interface HeldMemory {
  /** Anonymous pages: heaps, stacks, buffers. */
  readonly privateKiB: number;
  /** Length of each file (memfd, shared anonymous memory) of which it has a shared mapping, by device and inode. */
  readonly sharedKiB: Readonly<Record<string, number>>;
}

/** Needs `--expose-gc`. Not between measurements of speed: a full collection throws compiled code away. */
export async function heldMemory(): Promise<HeldMemory> {
  await collectGarbage();
  return {
    privateKiB: field(readFileSync('/proc/self/status', 'utf8'), 'RssAnon'),
    sharedKiB: sharedFiles(readFileSync('/proc/self/maps', 'utf8')),
  };
}

/** What several processes hold together: a file that two of them map is there once. */
export function togetherKiB(parts: readonly HeldMemory[]): number {
  const shared = new Map<string, number>();
  for (const { sharedKiB } of parts) {
    for (const [file, KiB] of Object.entries(sharedKiB))
      shared.set(file, Math.max(KiB, shared.get(file) ?? 0));
  }
  const own = parts.reduce((sum, { privateKiB }) => sum + privateKiB, 0);
  return [...shared.values()].reduce((sum, KiB) => sum + KiB, own);
}

/**
 * Up to the end of the furthest mapping of each: resident pages would leave out those that doorcall has taken for a
 * ring (with `fallocate`) and not touched yet.
 *
 * @param maps the text of `/proc/<pid>/maps`
 */
export function sharedFiles(maps: string): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const line of maps.split('\n')) {
    const mapping = /^([\da-f]+)-([\da-f]+) ..(.)(.) ([\da-f]+) (\S+) (\d+)/.exec(line);
    if (mapping?.[4] !== 's') continue;
    const [from, to, offset] = [mapping[1]!, mapping[2]!, mapping[5]!].map((hex) => Number.parseInt(hex, 16));
    const file = `${mapping[6]} ${mapping[7]}`;
    lengths[file] = Math.max(lengths[file] ?? 0, (offset! + to! - from!) / 1_024);
  }
  return lengths;
}

async function collectGarbage(): Promise<void> {
  if (typeof globalThis.gc !== 'function') throw new Error('started without --expose-gc');
  globalThis.gc();
  // Pages go back to the kernel on another thread.
  await sleep(30);
  globalThis.gc();
}

function field(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (value === undefined) throw new Error(`/proc/self/status has no ${name}`);
  return Number(value);
}
