import { setImmediate as turn } from 'node:timers/promises';
import { Calls, isPromise, type LoopOptions, type LoopResult } from './calls.js';
import { checkRange } from './options.js';

export interface ClosedLoopOptions extends LoopOptions {
  /** Calls in flight at any moment; 1 for calls that return no promise. Default: 1. */
  readonly concurrency?: number;
  /** How long calls are begun. At least one of this and `requests` has to be given. */
  readonly durationMs?: number | undefined;
  /** How many calls are begun. */
  readonly requests?: number | undefined;
}

/**
 * Calls that return no promise, or one that is settled already, leave the event loop to others this often: a signal or
 * a progress bar gets its turn.
 */
const turnMs = 5;

/**
 * Makes calls one after another, `concurrency` of them at a time: the next begins when one has ended. So a slow server
 * is asked less often, and one stall is seen by `concurrency` calls and no more, however many would have come in the
 * meantime. That is right for the most a service can do, and wrong for how long its users wait: see {@link openLoop}.
 *
 * Resolves when the time is over, or the number of calls reached, and the calls in flight have ended.
 *
 * @throws RangeError for an option that makes no sense
 */
export async function closedLoop(options: ClosedLoopOptions): Promise<LoopResult> {
  const { call, concurrency = 1, durationMs, requests = Infinity, signal } = options;
  checkRange('concurrency', concurrency, 1, true);
  checkRange('durationMs', durationMs, 0);
  checkRange('requests', options.requests, 0, true);
  if (durationMs === undefined && options.requests === undefined) {
    throw new RangeError('closedLoop needs durationMs or requests');
  }
  const calls = new Calls(options);
  const start = performance.now();
  const end = start + (durationMs ?? Infinity);
  let aborted = signal?.aborted ?? false;
  let turnAt = start + turnMs;

  const oneAfterAnother = async () => {
    // One reading of the clock a call: the end of one is the start of the next, with only the note between them.
    let before = performance.now();
    while (!aborted && before < end && calls.started < requests) {
      let after: number;
      try {
        const answer = call(calls.start());
        if (isPromise(answer)) await answer;
        after = performance.now();
        if (aborted) return;
        calls.succeed(after - before);
      } catch (error) {
        after = performance.now();
        if (aborted) return;
        calls.fail(error, after - before);
      }
      if (after > turnAt) {
        await turn();
        after = performance.now();
        turnAt = after + turnMs;
      }
      before = after;
    }
  };

  let abort = () => {};
  const abortion = new Promise<void>((resolve) => {
    abort = () => {
      aborted = true;
      resolve();
    };
  });
  if (aborted) abort();
  signal?.addEventListener('abort', abort);
  await Promise.race([Promise.all(Array.from({ length: concurrency }, oneAfterAnother)), abortion]);
  signal?.removeEventListener('abort', abort);
  return calls.result(performance.now() - start, aborted);
}
