import type { Latencies } from './latencies.js';
import { Recorder } from './recorder.js';

/** What both loops are told. */
export interface LoopOptions {
  /**
   * Makes one call. When it returns a promise, the call ends when that settles; otherwise it has ended already, as a
   * synchronous call has.
   *
   * @param index 0 for the first call of the loop, and so on
   */
  readonly call: (index: number) => unknown;
  /**
   * Names what became of a call that failed; told what it has thrown. Default: the error's `code`, or its name.
   * Calls that succeed are counted as {@link OK}.
   */
  readonly classify?: (error: unknown) => string;
  /** Ends the loop at once; what was measured until then is the result. Calls in flight are left to themselves. */
  readonly signal?: AbortSignal | undefined;
  /** Kept up to date while the loop runs. */
  readonly live?: LiveFigures;
}

/** Figures of the moment, for whoever watches a loop. */
export interface LiveFigures {
  started: number;
  /** With those that failed. */
  ended: number;
  failed: number;
}

/** What both loops tell. */
export interface LoopResult {
  /** Calls that have ended, by what became of them; the most frequent first. */
  readonly counts: Readonly<Record<string, number>>;
  /** Calls that have ended: the sum of `counts`. */
  readonly calls: number;
  /** Calls that were in flight when the loop was aborted; what became of them is not known. */
  readonly unfinished: number;
  /** Of calls that succeeded. */
  readonly latencies: Latencies;
  /** Of calls that failed. */
  readonly failures: Latencies;
  /** From the start of the loop to its end, in ms. */
  readonly elapsedMs: number;
  /** Calls that succeeded, a second of `elapsedMs`. */
  readonly achievedPerSecond: number;
  /** Whether its signal ended the loop before its time. */
  readonly aborted: boolean;
}

/** What calls that succeed are counted as. */
export const OK = 'OK';

/** Keeps the books of a loop. */
export class Calls {
  readonly #classify: (error: unknown) => string;
  readonly #live: LiveFigures;
  readonly #succeeded = new Recorder();
  readonly #failed = new Recorder();
  readonly #failures = new Map<string, number>();

  constructor({ classify, live }: LoopOptions) {
    this.#classify = classify ?? codeOf;
    this.#live = live ?? { started: 0, ended: 0, failed: 0 };
    Object.assign(this.#live, { started: 0, ended: 0, failed: 0 });
  }

  get started(): number {
    return this.#live.started;
  }

  get inFlight(): number {
    return this.#live.started - this.#live.ended;
  }

  /** @returns the call's index */
  start(): number {
    return this.#live.started++;
  }

  succeed(ms: number): void {
    this.#live.ended++;
    this.#succeeded.record(ms * 1e6);
  }

  fail(error: unknown, ms: number): void {
    this.#live.ended++;
    this.#live.failed++;
    this.#failed.record(ms * 1e6);
    const name = this.#classify(error);
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
  }

  result(elapsedMs: number, aborted: boolean): LoopResult {
    const { ended, failed } = this.#live;
    const counts = [[OK, ended - failed] as const, ...this.#failures].filter(([, count]) => count > 0);
    return {
      counts: Object.fromEntries(counts.sort(([, a], [, b]) => b - a)),
      calls: ended,
      unfinished: this.inFlight,
      latencies: this.#succeeded.finish(),
      failures: this.#failed.finish(),
      elapsedMs,
      achievedPerSecond: elapsedMs === 0 ? 0 : ((ended - failed) / elapsedMs) * 1_000,
      aborted,
    };
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : String(error);
}
