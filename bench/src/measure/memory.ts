import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resident memory of this process in KiB without garbage and without shared-memory pages: a ring's pages
 * belong to the segment and grow with use, not with connections. Needs `--expose-gc`. Not between
 * measurements of speed: a full collection throws compiled code away.
 */
export async function residentKiB(): Promise<number> {
  if (typeof globalThis.gc !== 'function') throw new Error('started without --expose-gc');
  globalThis.gc();
  // Pages go back to the kernel on another thread.
  await sleep(30);
  globalThis.gc();
  const status = readFileSync('/proc/self/status', 'utf8');
  return field(status, 'RssAnon') + field(status, 'RssFile');
}

function field(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (value === undefined) throw new Error(`/proc/self/status has no ${name}`);
  return Number(value);
}
