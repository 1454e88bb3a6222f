import { CommandFailure } from '../terminal/failure.js';
import { checkedValues, valueOfNone } from './input/check.js';
import { readInput } from './input/read.js';
import type { BenchOptions } from './options.js';
import { findTarget, type Target } from './target.js';

/** What is going to be done. */
export interface Plan {
  readonly target: Target;
  readonly values: readonly unknown[];
  readonly load: Load;
  readonly warmUpMs: number;
}

/** How calls follow one another. */
export type Load = {
  /** How long calls are begun; undefined where only their number counts. */
  readonly durationMs: number | undefined;
  readonly requests: number | undefined;
} & (
  | { readonly loop: 'closed'; readonly concurrency: number }
  | {
      readonly loop: 'open';
      readonly ratePerSecond: number;
      readonly arrivals: 'uniform' | 'poisson';
      readonly seed: number;
      readonly maxInFlight: number;
    }
);

const DEFAULT_MS = 10_000;
const DEFAULT_WARM_UP_MS = 1_000;

/** Of each connection: as many as a server takes by default. More would wait in the client, at some cost. */
const DEFAULT_IN_FLIGHT = 1_000;

/** @throws CommandFailure when it makes no sense, before anything is called */
export async function planOf(file: string, options: BenchOptions): Promise<Plan> {
  checkTogether(options);
  const target = await findTarget(file, options.method);
  const { method, name } = target;
  if (options.sync === true && method.kind !== 'unary') {
    throw new CommandFailure('usage', `${name} is ${method.kind}: only unary methods have a --sync form`);
  }
  const values =
    options.input === undefined
      ? await valueOfNone(method)
      : await checkedValues(method, await readInput(options.input), options.input);
  const warmUpMs = options.warmUp ?? (options.requests === undefined ? DEFAULT_WARM_UP_MS : 0);
  return { target, values, load: loadOf(options), warmUpMs };
}

function checkTogether({ rate, arrivals, seed, sync, concurrency }: BenchOptions): void {
  const needsRate = arrivals !== undefined ? '--arrivals' : seed !== undefined ? '--seed' : undefined;
  if (needsRate !== undefined && rate === undefined) {
    throw new CommandFailure(
      'usage',
      `${needsRate} says when the calls of an open loop come: it needs --rate`,
    );
  }
  if (sync === true && concurrency !== undefined && concurrency > 1) {
    throw new CommandFailure(
      'usage',
      `a --sync call blocks the thread: one at a time, not -c ${concurrency}`,
    );
  }
}

function loadOf(options: BenchOptions): Load {
  const { requests, duration, rate, arrivals, seed, concurrency, connections } = options;
  const durationMs = duration ?? (requests === undefined ? DEFAULT_MS : undefined);
  if (rate === undefined) return { loop: 'closed', durationMs, requests, concurrency: concurrency ?? 1 };
  return {
    loop: 'open',
    durationMs,
    requests,
    ratePerSecond: rate,
    arrivals: arrivals ?? 'uniform',
    seed: seed ?? 1,
    maxInFlight: concurrency ?? DEFAULT_IN_FLIGHT * connections,
  };
}
