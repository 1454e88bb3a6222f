import type { MethodKind } from '../contract/method-kind.js';
import type { CallOptions } from '../contract/types.js';

/** The call that a client interceptor stands around. */
export interface ClientCallInfo {
  readonly service: string;
  readonly method: string;
  readonly kind: MethodKind;
  readonly input: unknown;
  readonly options: CallOptions;
}

/**
 * Runs around every call, outermost first. `next` goes on, with other options if given, and the result is what
 * the caller gets.
 *
 * @example
 * ```ts
 * const trace: ClientInterceptor = (call, next) =>
 *   next({ ...call.options, metadata: { ...call.options.metadata, 'trace-id': currentTrace() } });
 * ```
 */
export type ClientInterceptor = (
  call: ClientCallInfo,
  next: (options?: CallOptions) => Promise<unknown>,
) => Promise<unknown>;

/** An interceptor that serves `.sync()` calls as well; made by {@link syncInterceptor}. */
export interface SyncClientInterceptor {
  /** Runs around a call: returns what `next` returns. */
  readonly sync: (call: ClientCallInfo, next: (options?: CallOptions) => unknown) => unknown;
}

/**
 * Declares that an interceptor works without waiting: it returns what `next` returns, a promise in an ordinary
 * call and the result itself in a `.sync()` call.
 */
export function syncInterceptor(intercept: SyncClientInterceptor['sync']): SyncClientInterceptor {
  return { sync: intercept };
}

/** Whether it declares that it can do without waiting. */
export function isSync(interceptor: ClientInterceptor | SyncClientInterceptor): boolean {
  return typeof interceptor !== 'function';
}

/** A call with the interceptors around it; `innermost` makes it. */
export function intercept<Result>(
  interceptors: readonly (ClientInterceptor | SyncClientInterceptor)[],
  call: ClientCallInfo,
  innermost: (options: CallOptions) => Result,
): Result {
  const at = (index: number, options: CallOptions): Result => {
    const interceptor = interceptors[index];
    if (interceptor === undefined) return innermost(options);
    const next = (changed?: CallOptions) => at(index + 1, changed ?? options);
    const around = typeof interceptor === 'function' ? interceptor : interceptor.sync;
    return (around as (call: ClientCallInfo, next: unknown) => Result)({ ...call, options }, next);
  };
  return at(0, call.options);
}
