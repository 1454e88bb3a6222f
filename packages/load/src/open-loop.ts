import { type Arrivals, scheduleOf } from './arrivals.js';
import { Calls, isPromise, type LoopOptions, type LoopResult } from './calls.js';
import type { Latencies } from './latencies.js';
import { checkRange } from './options.js';
import { Recorder } from './recorder.js';

export interface OpenLoopOptions extends LoopOptions {
  /** Calls a second that are asked for. */
  readonly ratePerSecond: number;
  /**
   * How long calls are due; those that are late then are still made. At least one of this and `requests` has to be given.
   */
  readonly durationMs?: number | undefined;
  /** How many calls are due. */
  readonly requests?: number | undefined;
  /**
   * A call that is due while so many are in flight waits for one of them to end, and this time is part of its latency.
   * Default: 1,000, as many as a doorcall server takes from one connection: more would wait in its client, which costs
   * CPU and makes nothing faster.
   */
  readonly maxInFlight?: number;
  /** Default: `uniform`. */
  readonly arrivals?: Arrivals;
  /** Of `poisson`; a whole number. Default: 1. */
  readonly seed?: number;
}

export interface OpenLoopResult extends LoopResult {
  /** Calls that were due until the loop's time was over, or until it was aborted. */
  readonly due: number;
  /**
   * Calls that were due and never begun, since `maxInFlight` calls were in flight when the time was over (or the loop
   * was aborted). Their latencies are in no figure: they would be longer than all others.
   */
  readonly neverStarted: number;
  /** How well the generator itself did. */
  readonly generator: {
    /**
     * How long after its intended time each call was begun, without those that waited for `maxInFlight` or, with
     * synchronous calls, for the call before. It is part of the latencies.
     */
    readonly lateness: Latencies;
    /** Whether 99 of 100 calls were begun within 1 ms of their time. */
    readonly keptUp: boolean;
  };
}

/** @internal */
export const DEFAULT_MAX_IN_FLIGHT = 1_000;

/** Later than this is late. */
const lateUs = 1_000;

/** As many calls are begun in a turn of the event loop at most, so that answers are read meanwhile. */
const callsATurn = 64;

/**
 * How far ahead a timer is set: one rings up to a millisecond late. What is left is spent in turns of the event loop,
 * in each of which everybody else's input is looked at.
 */
const timerSlackMs = 2;

/**
 * Makes calls at a fixed rate, whether or not earlier ones have been answered, as independent users do. Each call's
 * latency is measured from the moment at which it *should* have begun. When the server stalls, or this process does,
 * all calls that are due meanwhile show it: none is left out, and no clock starts late (which Gil Tene, the author of
 * HdrHistogram and wrk2, has named "coordinated omission").
 *
 * Resolves when all calls that were due have ended. Give calls a deadline: a call that never ends keeps the loop.
 *
 * @throws RangeError for an option that makes no sense
 */
export async function openLoop(options: OpenLoopOptions): Promise<OpenLoopResult> {
  const { ratePerSecond, durationMs, requests, maxInFlight, seed } = options;
  checkRange('ratePerSecond', ratePerSecond, 0.001);
  checkRange('durationMs', durationMs, 0);
  checkRange('requests', requests, 0, true);
  checkRange('maxInFlight', maxInFlight, 1, true);
  if (seed !== undefined && !Number.isInteger(seed)) throw new RangeError('seed has to be a whole number');
  if (durationMs === undefined && requests === undefined) {
    throw new RangeError('openLoop needs durationMs or requests');
  }
  return new OpenLoop(options).run();
}

class OpenLoop {
  readonly #call: LoopOptions['call'];
  readonly #calls: Calls;
  readonly #lateness = new Recorder();
  readonly #schedule: () => number;
  readonly #maxInFlight: number;
  readonly #signal: AbortSignal | undefined;
  readonly #requests: number;
  readonly #start = performance.now();
  /** What is waited for between turns. */
  #pause: { readonly timer?: NodeJS.Timeout; readonly immediate?: NodeJS.Immediate } = {};
  /** When no more calls are due, from the start. With a number of calls, known when the last of them is. */
  #end: number;
  /** Intended time of the next call, from the start. */
  #next = 0;
  /** How many calls had their time set. */
  #scheduled = 0;
  /** Calls intended until then were held back by others and not by the generator. */
  #heldUntil = -1;
  #waitsForAnEnd = false;
  #aborted = false;
  #allBegun = false;
  #resolve = (_: OpenLoopResult) => {};

  constructor(options: OpenLoopOptions) {
    this.#call = options.call;
    this.#calls = new Calls(options);
    this.#schedule = scheduleOf(options.arrivals ?? 'uniform', options.ratePerSecond, options.seed ?? 1);
    this.#maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
    this.#signal = options.signal;
    this.#end = options.durationMs ?? Infinity;
    this.#requests = options.requests ?? Infinity;
    this.#setNext();
  }

  run(): Promise<OpenLoopResult> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#signal?.aborted) return this.#abort();
      this.#signal?.addEventListener('abort', this.#abort, { once: true });
      this.#turn();
    });
  }

  #setNext(): void {
    this.#next = this.#schedule();
    // One call more than there are would be due then.
    if (this.#scheduled === this.#requests) this.#end = Math.min(this.#end, this.#next);
    this.#scheduled += 1;
  }

  #now(): number {
    return performance.now() - this.#start;
  }

  readonly #turn = (): void => {
    const next = this.#beginWhatIsDue();
    if (next === 'pause') this.#pauseUntil(Math.min(this.#next, this.#end));
    else if (next === 'wait') this.#waitForAnEnd();
    else this.#finishBeginning();
  };

  /** @returns what to do now: have a pause, wait until a call has ended, or begin no more */
  #beginWhatIsDue(): 'pause' | 'wait' | 'finish' {
    for (let begun = 0, now = this.#now(); begun < callsATurn; begun++) {
      const timeIsOver = now >= this.#end;
      if (this.#next >= this.#end) return timeIsOver ? 'finish' : 'pause';
      if (this.#next > now) return 'pause';
      if (this.#calls.inFlight >= this.#maxInFlight) return timeIsOver ? 'finish' : 'wait';
      const held = this.#next <= this.#heldUntil;
      if (!held) this.#lateness.record((now - this.#next) * 1e6);
      const ended = this.#begin(this.#next);
      this.#setNext();
      now = this.#now();
      if (!ended) continue;
      // A synchronous call keeps everything waiting: what is due now waits for it, and not for the generator.
      this.#heldUntil = now;
      if (now >= this.#end) return 'finish';
    }
    return 'pause';
  }

  /** @returns whether it has ended already */
  #begin(intended: number): boolean {
    const calls = this.#calls;
    const index = calls.start();
    try {
      const answer = this.#call(index);
      if (isPromise(answer)) {
        answer.then(
          () => {
            if (this.#aborted) return;
            calls.succeed(this.#now() - intended);
            this.#ended();
          },
          (error) => {
            if (this.#aborted) return;
            calls.fail(error, this.#now() - intended);
            this.#ended();
          },
        );
        return false;
      }
      calls.succeed(this.#now() - intended);
    } catch (error) {
      calls.fail(error, this.#now() - intended);
    }
    return true;
  }

  #ended(): void {
    if (this.#waitsForAnEnd) {
      this.#waitsForAnEnd = false;
      this.#heldUntil = this.#now();
      this.#cancelPause();
      this.#pause = { immediate: setImmediate(this.#turn) };
    } else if (this.#allBegun && this.#calls.inFlight === 0) {
      this.#finish();
    }
  }

  #waitForAnEnd(): void {
    this.#waitsForAnEnd = true;
    const left = Math.max(1, this.#end - this.#now());
    this.#pause = { timer: setTimeout(this.#stopWaiting, Math.min(left, 2 ** 31 - 1)) };
  }

  readonly #stopWaiting = (): void => {
    this.#waitsForAnEnd = false;
    this.#turn();
  };

  #pauseUntil(at: number): void {
    const gap = at - this.#now();
    this.#pause =
      gap > timerSlackMs
        ? { timer: setTimeout(this.#turn, Math.min(gap - timerSlackMs, 2 ** 31 - 1)) }
        : { immediate: setImmediate(this.#turn) };
  }

  #cancelPause(): void {
    clearTimeout(this.#pause.timer);
    clearImmediate(this.#pause.immediate);
  }

  #finishBeginning(): void {
    this.#allBegun = true;
    if (this.#calls.inFlight === 0) this.#finish();
  }

  readonly #abort = (): void => {
    this.#aborted = true;
    this.#cancelPause();
    this.#finish();
  };

  #finish(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    const elapsedMs = this.#now();
    const neverStarted = this.#countDueUntil(elapsedMs);
    const lateness = this.#lateness.finish();
    this.#resolve({
      ...this.#calls.result(elapsedMs, this.#aborted),
      due: this.#calls.started + neverStarted,
      neverStarted,
      generator: { lateness, keptUp: lateness.percentileUs(99) <= lateUs },
    });
  }

  /** How many calls that were not begun were due before this time. */
  #countDueUntil(end: number): number {
    let count = 0;
    while (this.#next < Math.min(end, this.#end)) {
      count++;
      this.#setNext();
    }
    return count;
  }
}
