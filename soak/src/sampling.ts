import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What a process holds at one moment. */
export interface Sample {
  readonly rssMiB: number;
  readonly fds: number;
}

/** Undefined when there is no such process any more. */
export function sampleOf(pid: number): Sample | undefined {
  try {
    const rss = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (rss === undefined) return undefined;
    return {
      rssMiB: Math.round((Number(rss) / 1_024) * 10) / 10,
      fds: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return undefined;
  }
}

/** What must be as it was when nobody is connected any more: open descriptors by kind, and segments that are mapped. */
export function holdings(pid: number): {
  readonly descriptors: readonly string[];
  readonly segments: number;
} {
  const descriptors = readdirSync(`/proc/${pid}/fd`)
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/\[?\d+\]?/g, '')];
      } catch {
        return [];
      }
    })
    .sort();
  const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
  return { descriptors, segments: maps.filter((line) => line.includes('memfd:')).length };
}
