import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { openDescriptors } from '../../shm/support/places.js';

/** What a process holds. */
export interface Resources {
  readonly descriptors: number;
  /** Segments of shared memory that it has mapped. */
  readonly segments: number;
  readonly threads: number;
  /** Of {@link rssKib}, shared memory. */
  readonly sharedKib: number;
  readonly rssKib: number;
}

export function resourcesOf(pid: number): Resources {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return {
    descriptors: openDescriptors(pid).length,
    segments: maps.filter((line) => line.includes('memfd:')).length,
    threads: field('Threads'),
    sharedKib: field('RssShmem'),
    rssKib: field('VmRSS'),
  };
}

/** What must be the same before and after; memory is compared apart. */
export function counted({
  descriptors,
  segments,
  threads,
}: Resources): Pick<Resources, 'descriptors' | 'segments' | 'threads'> {
  return { descriptors, segments, threads };
}

const LOOKS = 2_000;
const SAME = 3;

/**
 * Looks until there is what there should be: a process lets go of things one after the other, and may lose its CPU in
 * between. After some 10 s what there is instead fails the test.
 */
export async function becomes<Seen>(look: () => Seen, expected: Seen, what?: string): Promise<void> {
  for (let looks = 0; looks < LOOKS && !isDeepStrictEqual(look(), expected); looks += 1) await sleep(5);
  expect(look(), what).toEqual(expected);
}

/** What is seen at three looks on end: nothing is on its way to be let go any more. */
export async function steady<Seen>(look: () => Seen): Promise<Seen> {
  let seen = look();
  for (let same = 1; same < SAME; ) {
    await sleep(5);
    const now = look();
    same = isDeepStrictEqual(now, seen) ? same + 1 : 1;
    seen = now;
  }
  return seen;
}

/** {@link becomes} for what is counted of a process. */
export const holdsAgain = (pid: number, before: ReturnType<typeof counted>): Promise<void> =>
  becomes(() => counted(resourcesOf(pid)), before);
