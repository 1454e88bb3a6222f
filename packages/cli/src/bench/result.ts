import { availableParallelism, cpus, loadavg, release } from 'node:os';
import type { MethodDefinition } from '@doorcall/core';
import {
  type EncodedLatencies,
  type Latencies,
  type LatencySummary,
  type OpenLoopResult,
  remarksOn,
} from '@doorcall/load';
import type { ErrorCount } from './caller.js';
import { type Bin, histogramOf } from './histogram.js';
import type { BenchOptions } from './options.js';
import type { Load, Plan } from './plan.js';
import type { Ending, Measured } from './run.js';
import { several, time } from './words.js';

/** What `--json` writes. Times are in µs where the name does not say otherwise. */
export interface BenchResult {
  readonly format: 'doorcall-bench';
  readonly version: 1;
  /** As it was typed. */
  readonly command: string;
  readonly date: string;
  readonly environment: Environment;
  /** `service/method` */
  readonly method: string;
  readonly kind: MethodDefinition['kind'];
  /** How many values it was called with, by turns. */
  readonly values: number;
  readonly load: Load;
  readonly connections: number;
  readonly sync: boolean;
  readonly warmUpMs: number;
  readonly ended: Ending;
  readonly elapsedMs: number;
  /** Of `elapsedMs`, the time at the end in which no server was there any more; no rate divides by it. */
  readonly withoutServerMs?: number;
  /** Calls that have ended, and those that were given up because no server was there any more. */
  readonly calls: number;
  /** Calls that were under way when the run was ended before its time. */
  readonly unfinished: number;
  /** Calls that have ended, a second. */
  readonly callsPerSecond: number;
  readonly succeededPerSecond: number;
  /** Calls by status code. */
  readonly counts: Readonly<Record<string, number>>;
  readonly errors: readonly ErrorCount[];
  /** Items that streams have delivered. */
  readonly items?: number;
  /** Of calls that succeeded, as all that follows but `failures`. */
  readonly latency: LatencySummary;
  readonly percentiles: readonly { readonly percent: number; readonly us: number }[];
  readonly histogram: readonly Bin[];
  readonly latencies: EncodedLatencies;
  readonly failures: EncodedLatencies;
  /** Of an open loop. */
  readonly generator?: {
    readonly due: number;
    readonly neverStarted: number;
    readonly lateness: LatencySummary;
    readonly keptUp: boolean;
  };
  /** What has to be known before the figures are believed. */
  readonly remarks: readonly string[];
}

/** What a figure means nothing without. */
interface Environment {
  readonly cpu: string;
  readonly cpus: number;
  readonly kernel: string;
  readonly node: string;
  /** Over 1, 5 and 15 minutes, before the run. */
  readonly loadBefore: readonly number[];
}

export const PERCENTS = [10, 25, 50, 75, 90, 95, 99, 99.9];

export function environment(): Environment {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    kernel: release(),
    node: process.version,
    loadBefore: loadavg().map((load) => Math.round(load * 100) / 100),
  };
}

/** Joins what was asked for with what was measured. */
export function resultOf(
  plan: Plan,
  options: BenchOptions,
  measured: Measured,
  surroundings: { readonly environment: Environment; readonly command: string; readonly date: Date },
): BenchResult {
  const { target, load, values, warmUpMs } = plan;
  const { result, errors, items, ended, lost } = measured;
  const { latencies, failures } = result;
  const { kind } = target.method;
  const given = lost === undefined ? 0 : result.unfinished;
  return {
    format: 'doorcall-bench',
    version: 1,
    command: surroundings.command,
    date: surroundings.date.toISOString(),
    environment: surroundings.environment,
    method: target.name,
    kind,
    values: values.length,
    load,
    connections: options.connections,
    sync: options.sync === true,
    warmUpMs,
    ended,
    elapsedMs: result.elapsedMs,
    ...(lost !== undefined && { withoutServerMs: Math.max(0, result.elapsedMs - lost.afterMs) }),
    calls: result.calls + given,
    unfinished: result.unfinished - given,
    ...ratesOf(measured),
    counts: withUnavailable(result.counts, given),
    errors,
    ...(kind === 'server-streaming' && { items }),
    latency: latencies.summary(),
    percentiles: PERCENTS.map((percent) => ({ percent, us: latencies.percentileUs(percent) })),
    histogram: histogramOf(latencies),
    latencies: latencies.toJSON(),
    failures: failures.toJSON(),
    ...('generator' in result && { generator: generatorOf(result) }),
    remarks: [...remarksAbout(measured, surroundings.environment, kind), ...remarksOnLoop(result, load)],
  };
}

/** Of the time in which calls were made: without a server they only wait for one, or fail at once. */
function ratesOf({ result, lost }: Measured): Pick<BenchResult, 'callsPerSecond' | 'succeededPerSecond'> {
  const { ended, failed, afterMs } = lost ?? {
    ended: result.calls,
    failed: result.failures.calls,
    afterMs: result.elapsedMs,
  };
  const perSecond = (calls: number) => (afterMs === 0 ? 0 : (calls / afterMs) * 1_000);
  return { callsPerSecond: perSecond(ended), succeededPerSecond: perSecond(ended - failed) };
}

function withUnavailable(counts: BenchResult['counts'], count: number): BenchResult['counts'] {
  if (count === 0) return counts;
  const all = { ...counts, UNAVAILABLE: (counts.UNAVAILABLE ?? 0) + count };
  return Object.fromEntries(Object.entries(all).sort(([, a], [, b]) => b - a));
}

function generatorOf({
  due,
  neverStarted,
  generator,
}: OpenLoopResult): NonNullable<BenchResult['generator']> {
  return { due, neverStarted, lateness: generator.lateness.summary(), keptUp: generator.keptUp };
}

function remarksOnLoop(result: Measured['result'], load: Load): readonly string[] {
  return 'generator' in result && load.loop === 'open' ? remarksOn(result, load) : [];
}

function remarksAbout(
  { result, ended, lost }: Measured,
  { cpus: number }: Environment,
  kind: MethodDefinition['kind'],
): readonly string[] {
  const underWay =
    result.unfinished === 0 ? '' : `; ${several(result.unfinished, 'call')} under way are in no figure`;
  const remarks: string[] = [];
  if (ended === 'interrupted') remarks.push(`Interrupted: the figures are of a part of the run${underWay}.`);
  if (lost !== undefined) {
    const waited =
      result.unfinished === 0
        ? ''
        : `; ${several(result.unfinished, 'call')} under way then ${result.unfinished === 1 ? 'counts' : 'count'} as UNAVAILABLE`;
    remarks.push(
      `No server was there any more after ${time(lost.afterMs * 1_000)}: the run has ended early, and rates are of the time until then${waited}.`,
    );
  }
  if (result.failures.calls > 0) remarks.push(failureRemark(result.failures));
  if (kind === 'oneway') {
    remarks.push(
      'A one-way call ends when its message is on its way; what its handler does with it is not measured.',
    );
  }
  if (number < 2) remarks.push('There is one CPU: this process and the server take it from each other.');
  return remarks;
}

function failureRemark(failures: Latencies): string {
  const calls = several(failures.calls, 'call');
  return `The times are those of calls that succeeded; ${calls} that failed, after ${time(failures.percentileUs(50))} in the median, are not among them.`;
}
