import { readFileSync } from 'node:fs';
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
