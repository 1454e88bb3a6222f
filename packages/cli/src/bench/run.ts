import { connect, isRpcError, statsOf } from '@doorcall/core';
import {
  closedLoop,
  type LiveFigures,
  type LoopOptions,
  type LoopResult,
  type OpenLoopResult,
  openLoop,
} from '@doorcall/load';
import { CommandFailure } from '../terminal/failure.js';
import { type AnyClient, answersWithAttachments, callerOf, type ErrorCount, Errors } from './caller.js';
import type { BenchOptions } from './options.js';
import type { Load, Plan } from './plan.js';
import type { BenchProgress } from './progress.js';

/** What was measured. */
export interface Measured {
  readonly result: LoopResult | OpenLoopResult;
  readonly errors: readonly ErrorCount[];
  /** Items of streams. */
  readonly items: number;
  readonly ended: Ending;
  /** When it has ended since no server was there any more: how far it was when there still was one. */
  readonly lost?: Lost;
}

/** What there was until no server was there any more. */
export interface Lost {
  /** From the start of the loop. */
  readonly afterMs: number;
  /** Calls that had ended. */
  readonly ended: number;
  /** Of these, that had failed. */
  readonly failed: number;
}

/** Why a run has ended: as it should, by Ctrl-C, or since no server was there any more. */
export type Ending = 'complete' | 'interrupted' | 'server gone';

/**
 * Connects, warms up and measures.
 *
 * @param signal Ctrl-C
 * @returns undefined when it was interrupted before there was anything to measure
 * @throws CommandFailure when there is no server
 */
export async function run(
  plan: Plan,
  options: BenchOptions,
  signal: AbortSignal,
  progress: BenchProgress,
): Promise<Measured | undefined> {
  const attachments = answersWithAttachments(plan.target.service, plan.target.method);
  const clients = Array.from({ length: options.connections }, () => connectAs(plan, options, attachments));
  const gone = new AbortController();
  const watch = watchFor(clients, options.connectTimeout, () => gone.abort());
  try {
    await ready(clients, signal);
    if (signal.aborted) return undefined;
    const either = AbortSignal.any([signal, gone.signal]);
    const caller = () =>
      callerOf({ ...plan.target, values: plan.values, clients, attachments, ...how(plan, options) });
    if (plan.warmUpMs > 0) {
      const load = { ...plan.load, durationMs: plan.warmUpMs, requests: undefined };
      const live = progress.begin('warming up', load);
      await makeCalls(load, { call: caller().call, signal: either, live });
      if (signal.aborted) return undefined;
    }
    const errors = new Errors();
    const measured = caller();
    const live = progress.begin('measuring', plan.load);
    watch.follow(live);
    const result = await makeCalls(plan.load, {
      call: measured.call,
      classify: errors.note,
      signal: either,
      live,
    });
    const ended = !result.aborted ? 'complete' : signal.aborted ? 'interrupted' : 'server gone';
    const lost = ended === 'server gone' ? watch.lost() : undefined;
    if (lost !== undefined) errors.add(NO_SERVER, result.unfinished);
    return {
      result,
      errors: errors.list(),
      items: measured.items,
      ended,
      ...(lost !== undefined && { lost }),
    };
  } finally {
    progress.end();
    watch.stop();
    await Promise.all(clients.map((client) => client.close()));
  }
}

function makeCalls(
  load: Load,
  loop: LoopOptions & { readonly live: LiveFigures },
): Promise<LoopResult | OpenLoopResult> {
  return load.loop === 'open' ? openLoop({ ...load, ...loop }) : closedLoop({ ...load, ...loop });
}

function connectAs({ target }: Plan, options: BenchOptions, attachments: boolean): AnyClient {
  const { directory, instance, serverUid, connectTimeout, timeout } = options;
  return connect(target.service, {
    ...(directory !== undefined && { directory }),
    ...(instance !== undefined && { name: instance }),
    ...(serverUid !== undefined && { serverUid }),
    connectTimeoutMs: connectTimeout,
    defaultTimeoutMs: timeout,
    acceptFds: attachments,
    // What happens is told at the end, and must not run into the progress bar.
    logger: false,
  }) as unknown as AnyClient;
}

function how({ target }: Plan, { sync, metadata, timeout }: BenchOptions) {
  // Without a timeout of its own a stream may last for ever.
  const streams = target.method.kind === 'server-streaming';
  const callOptions =
    metadata === undefined && !streams
      ? undefined
      : { ...(metadata !== undefined && { metadata }), ...(streams && { timeoutMs: timeout }) };
  return { sync: sync === true, callOptions };
}

async function ready(clients: readonly AnyClient[], signal: AbortSignal): Promise<void> {
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const all = Promise.all(clients.map((client) => client.ready()));
  try {
    await Promise.race([all, interrupted]);
  } catch (error) {
    if (!isRpcError(error)) throw error;
    const hint = error.code === 'UNAVAILABLE' ? '; is it running? --directory says where to look for it' : '';
    throw new CommandFailure('call', `${error.message}${hint}`);
  }
  all.catch(() => {});
}

/** What calls would have failed with that were waiting for a server when the run was ended for want of one. */
const NO_SERVER = { code: 'UNAVAILABLE', message: 'no server was there any more' } as const;

const LOOK_EVERY_MS = 20;

/** Notices that no client has had a connection for as long as a call would wait for one. */
function watchFor(clients: readonly AnyClient[], patienceMs: number, onGone: () => void) {
  let live: LiveFigures = { started: 0, ended: 0, failed: 0 };
  let begunAt = performance.now();
  /** Since no client has had a connection; undefined while one has. */
  let since: { readonly at: number; readonly ended: number; readonly failed: number } | undefined;
  const look = () => {
    const at = performance.now();
    if (clients.some((client) => statsOf(client).connections > 0)) since = undefined;
    else since ??= { at, ended: live.ended, failed: live.failed };
    if (since !== undefined && at - since.at > patienceMs) onGone();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    /** To be called when the loop begins. */
    follow(figures: LiveFigures): void {
      live = figures;
      begunAt = performance.now();
    },
    /** How far the loop was when the last connection had gone. */
    lost(): Lost | undefined {
      return since && { afterMs: Math.max(0, since.at - begunAt), ended: since.ended, failed: since.failed };
    },
    stop: () => clearInterval(timer),
  };
}
