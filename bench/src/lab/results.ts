/** The file that a run of the latency lab leaves behind, and that `report` and `compare` read. */
import { readFileSync } from 'node:fs';
import type { EncodedLatencies } from '@doorcall/load';
import { z } from 'zod';
import type { Environment } from '../environment.js';
import type { Noise } from '../noise.js';

export const resultsFormat = 'doorcall-lab';
/** 2: fan-in over the common span, open loops warmed up, memory with segments; figures of 1 would be compared with others. */
export const resultsVersion = 2;

export const suiteNames = [
  'latency',
  'throughput',
  'openloop',
  'fanin',
  'mixed',
  'cost',
  'handoff',
  'chain',
  'placement',
] as const;
export type SuiteName = (typeof suiteNames)[number];

/** Smaller is better for all but the two rates; each name ends with its unit. */
export const figureNames = [
  'p50Us',
  'p90Us',
  'p99Us',
  'p999Us',
  'maxUs',
  'meanUs',
  'callsPerSecond',
  'achievedPerSecond',
  /** Of both ends together. */
  'cpuUsPerCall',
  'clientCpuUsPerCall',
  'serverCpuUsPerCall',
  'contextSwitchesPerCall',
  'idleCpuPercent',
  /** Of both ends, shared segments once; from the slope over further connections of warm processes. */
  'memoryKiBPerConnection',
  /** From the beginning of `connect` to the first answer: another connection of warm processes … */
  'connectAndCallMs',
  /** … and the first one of fresh processes. */
  'firstConnectAndCallMs',
] as const;
export type FigureName = (typeof figureNames)[number];

/** What was asked of a transport in a trial; flat, so that two runs can be joined by it. What does not vary in a suite is absent. */
export interface Point {
  readonly series?: 'typed' | 'bytes' | 'order';
  readonly payloadBytes?: number;
  /** Calls in flight. */
  readonly concurrency?: number;
  /** Offered, in an open loop. */
  readonly ratePerSecond?: number;
  /** Client processes. */
  readonly clients?: number;
  /** Compute-bound processes beside. */
  readonly busy?: number;
  readonly placement?: 'free' | 'same' | 'apart';
  /** Whether the same connection carries large calls meanwhile. */
  readonly beside?: 'alone' | 'large';
}

/** How well the generator of an open loop did: what it could not do is no merit of the transport. */
export interface Generator {
  /** Calls that should have begun within the window. */
  readonly due: number;
  /** Of these, how many never did, because too many others were unanswered; they are in no percentile. */
  readonly neverStarted: number;
  /** How long after its time each call was begun, without those that waited for others to be answered. In the latencies. */
  readonly latenessP50Us: number;
  readonly latenessP99Us: number;
  readonly latenessMaxUs: number;
  /** Whether 99 of 100 calls were begun within 1 ms of their time. */
  readonly keptUp: boolean;
}

export interface Trial {
  readonly suite: SuiteName;
  readonly point: Point;
  readonly transport: string;
  readonly round: number;
  /** Only those that the suite measures. */
  readonly figures: Partial<Record<FigureName, number>>;
  /** How many the percentiles are of: few calls have no p99. Absent in files of earlier versions. */
  readonly calls?: number;
  /** Nanoseconds, as the recorder encodes them; absent where only a figure is measured. */
  readonly latencies?: EncodedLatencies;
  /** Of an open loop. */
  readonly generator?: Generator;
}

/** Something that was asked for and not measured. */
export interface Gap {
  readonly suite: SuiteName;
  /** Absent when it is the whole suite. */
  readonly point?: Point;
  readonly transport: string;
  /** Absent when it cannot be measured at all. */
  readonly round?: number;
  /** The only one that is missing; absent when all are. */
  readonly figure?: FigureName;
  readonly reason: string;
  /** Of an open loop: the offered rate, lower than this point's, at which the transport was saturated. */
  readonly saturatedAt?: number;
}

export interface MeasuredTransport {
  readonly kind: 'ours' | 'peer' | 'floor';
  readonly summary: string;
  /** Package and version that was measured, e.g. `undici 7.30.2`. */
  readonly version: string;
  /** What the others do and this one does not; stands beside every figure of it. */
  readonly doesLess?: string;
  /** What is in a figure of it and not in those of others. */
  readonly remarks?: Partial<Record<FigureName, string>>;
}

export interface LabResults {
  readonly format: typeof resultsFormat;
  readonly version: typeof resultsVersion;
  /** As typed, e.g. `npm run bench -- all --rounds 3`. */
  readonly command: string;
  readonly environment: Environment;
  readonly noise: Noise;
  readonly rounds: number;
  readonly interrupted: boolean;
  readonly transports: Readonly<Record<string, MeasuredTransport>>;
  readonly trials: readonly Trial[];
  readonly gaps: readonly Gap[];
}

const count = z.int().nonnegative();

const point = z.strictObject({
  series: z.enum(['typed', 'bytes', 'order']).exactOptional(),
  payloadBytes: count.exactOptional(),
  concurrency: count.exactOptional(),
  ratePerSecond: z.number().positive().exactOptional(),
  clients: count.exactOptional(),
  busy: count.exactOptional(),
  placement: z.enum(['free', 'same', 'apart']).exactOptional(),
  beside: z.enum(['alone', 'large']).exactOptional(),
}) satisfies z.ZodType<Point>;

const figures = z.strictObject(
  Object.fromEntries(figureNames.map((name) => [name, z.number().exactOptional()])),
) as z.ZodType<Trial['figures']>;

const remarks = z.strictObject(
  Object.fromEntries(figureNames.map((name) => [name, z.string().exactOptional()])),
) as z.ZodType<NonNullable<MeasuredTransport['remarks']>>;

const generator = z.object({
  due: count,
  neverStarted: count,
  latenessP50Us: z.number(),
  latenessP99Us: z.number(),
  latenessMaxUs: z.number(),
  keptUp: z.boolean(),
}) satisfies z.ZodType<Generator>;

const environment = z.object({
  cpu: z.string(),
  cores: count,
  kernel: z.string(),
  node: z.string(),
  governor: z.string().nullable(),
  virtualisation: z.string().nullable(),
  commit: z.string().nullable(),
  loadBefore: z.array(z.number()),
  date: z.string(),
}) satisfies z.ZodType<Environment>;

const schema = z
  .object({
    format: z.literal(resultsFormat),
    version: z.literal(resultsVersion),
    command: z.string(),
    environment,
    noise: z.object({
      trusted: z.boolean(),
      reasons: z.array(z.string()),
      spinSpreadPercent: z.number(),
      loadAfter: z.number(),
      stolenPercent: z.number().nullable(),
      othersPercent: z.number().exactOptional(),
    }),
    rounds: count,
    interrupted: z.boolean(),
    transports: z.record(
      z.string(),
      z.object({
        kind: z.enum(['ours', 'peer', 'floor']),
        summary: z.string(),
        version: z.string(),
        doesLess: z.string().exactOptional(),
        remarks: remarks.exactOptional(),
      }),
    ),
    trials: z.array(
      z.object({
        suite: z.enum(suiteNames),
        point,
        transport: z.string(),
        round: count,
        figures,
        calls: count.exactOptional(),
        latencies: z.object({ histogram: z.string(), sumNs: z.number() }).exactOptional(),
        generator: generator.exactOptional(),
      }),
    ),
    gaps: z.array(
      z.object({
        suite: z.enum(suiteNames),
        point: point.exactOptional(),
        transport: z.string(),
        round: count.exactOptional(),
        figure: z.enum(figureNames).exactOptional(),
        reason: z.string(),
        saturatedAt: z.number().positive().exactOptional(),
      }),
    ),
  })
  .superRefine(({ trials, transports }, context) => {
    const seen = new Map<string, number>();
    for (const [index, trial] of trials.entries()) {
      if (!Object.hasOwn(transports, trial.transport)) {
        const message = `'${trial.transport}' is not among the file's transports`;
        context.addIssue({ code: 'custom', path: ['trials', index, 'transport'], message });
      }
      // Each value would count twice, and pairs of a round would not be pairs.
      const key = `${trial.suite} ${pointKey(trial.point)} ${trial.transport} ${trial.round}`;
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        const message = `measures the same as trials[${earlier}], in the same round`;
        context.addIssue({ code: 'custom', path: ['trials', index], message });
      }
      seen.set(key, index);
    }
  }) satisfies z.ZodType<LabResults>;

/** Equal for equal points, in whatever order their fields were written. */
export function pointKey(point: Point): string {
  return JSON.stringify(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A file that is not what a run of the lab wrote; the message names the file, and the place in it. */
export class ResultsFileError extends Error {
  override readonly name = 'ResultsFileError';
}

/** @throws ResultsFileError for a file that cannot be read, or is not a run's results in this version */
export function readResults(path: string): LabResults {
  const value = parse(path, read(path));
  const version = versionProblem(value);
  if (version !== undefined) throw new ResultsFileError(`${path}: ${version}`);
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [first, ...more] = error.issues;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new ResultsFileError(`${path}: ${placeOf(first!.path)}${first!.message}${rest}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ResultsFileError(`${path}: it cannot be read (${code}).`, { cause: error });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ResultsFileError(`${path}: not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Said before anything else is, because a file of another kind or version differs in everything. */
function versionProblem(value: unknown): string | undefined {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  const wanted = `npm run bench -- latency --json writes one`;
  if (format !== resultsFormat) {
    const found = format === undefined ? 'it has no "format"' : `its format is ${JSON.stringify(format)}`;
    return `not a results file of the lab: ${found}, not "${resultsFormat}" (${wanted}).`;
  }
  if (version !== resultsVersion) {
    const older = typeof version === 'number' && version < resultsVersion;
    const advice = older
      ? ' What is measured has changed since: measure anew, or read it with the commit that stands in it.'
      : '';
    return `results of version ${JSON.stringify(version)}; this program reads version ${resultsVersion}.${advice}`;
  }
  return undefined;
}

/** `trials[3].point.series: `, as one would write it in JavaScript. */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return `${text.replace(/^\./, '')}: `;
}
