import { readFileSync } from 'node:fs';

/**
 * Resident memory of this process in KiB without shared-memory pages: a ring's pages belong to the segment
 * and grow with use, not with connections. Only the young generation is collected before, because a full
 * collection throws compiled code away and slows down what is measured next. Needs `--expose-gc`.
 */
export function residentKiB(): number {
  if (typeof globalThis.gc !== 'function') throw new Error('started without --expose-gc');
  globalThis.gc({ type: 'minor' });
  const status = readFileSync('/proc/self/status', 'utf8');
  return field(status, 'RssAnon') + field(status, 'RssFile');
}

function field(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (value === undefined) throw new Error(`/proc/self/status has no ${name}`);
  return Number(value);
}
