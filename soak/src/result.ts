/** What a soak has come to: what is written as JSON, and drawn. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Totals } from './ledger/auditor.js';
import type { Pressure } from './pressure.js';
import type { Sample } from './sampling.js';

/** One step of the run. */
export interface Step {
  /** Its end, in s since the beginning. */
  readonly at: number;
  readonly pressure: Pressure;
  /** Calls a second that succeeded, and that failed. */
  readonly succeeded: number;
  readonly failed: number;
  /** By kind of call, in µs. */
  readonly times: Readonly<
    Record<string, { readonly p50: number; readonly p99: number; readonly count: number }>
  >;
  /** By process. */
  readonly samples: Readonly<Record<string, Sample>>;
}

export interface Happening {
  readonly at: number;
  readonly what: string;
}

export interface Environment {
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string | null;
  readonly date: string;
}

/** How p99 has moved: medians over the calm steps of the first and the last third, in µs. */
export interface Drift {
  readonly kind: string;
  readonly first: number;
  readonly last: number;
}

export interface SoakResult {
  readonly command: string;
  readonly seed: number;
  readonly seconds: number;
  readonly interrupted: boolean;
  readonly pressed: boolean;
  readonly environment: Environment;
  readonly totals: Totals;
  /** By status code. */
  readonly failures: Readonly<Record<string, number>>;
  readonly happenings: readonly Happening[];
  readonly steps: readonly Step[];
  readonly drift: readonly Drift[];
  /** Of the server that lived from beginning to end, over the second half, in MiB an hour; null when it was too short. */
  readonly rssSlope: number | null;
  readonly violationCount: number;
  readonly violations: readonly string[];
}

export function describeEnvironment(): Environment {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: commit(),
    date: new Date().toISOString(),
  };
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
