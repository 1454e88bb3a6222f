import type { Scope } from '../context/scope.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import type { MethodPlan } from './method-plan.js';

/** The errors that the client itself states, in one place and in one tone. */

/** A call whose time is over. */
export interface OverdueCall {
  readonly plan: MethodPlan;
  /** In ms of CLOCK_MONOTONIC. */
  readonly startedMs: number;
  readonly deadlineMs: number;
  /** The handler's call that it was made in. */
  readonly scope: Scope | undefined;
}

/** @param origin who noticed first */
export function overdue(
  call: OverdueCall,
  maybeExecuted: boolean,
  why = '',
  origin: RpcError['origin'] = 'client',
): RpcError {
  const { plan, startedMs, deadlineMs, scope } = call;
  const within = Math.max(0, Math.round(deadlineMs - startedMs));
  const inherited = deadlineMs === scope?.deadlineMs ? ', which the call it was made in had left' : '';
  const message = `${plan.path} was not answered within ${within} ms${inherited}${why}`;
  return new RpcError('DEADLINE_EXCEEDED', message, { origin, maybeExecuted, method: plan.path });
}

/** A blocking call beside which more came for other calls than is kept. */
export function crowded(plan: MethodPlan, maybeExecuted: boolean): RpcError {
  const message = `${plan.path}: more than 64 MiB came for other calls of its connection while .sync() blocked the thread; let the event loop deliver them`;
  return new RpcError('RESOURCE_EXHAUSTED', message, { maybeExecuted, method: plan.path });
}

/** `reason` is an AbortSignal's: a TimeoutError is a deadline, everything else a cancellation. */
export function aborted(plan: MethodPlan, reason: unknown, maybeExecuted: boolean): RpcError {
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  const message = timedOut ? 'the timeout of its AbortSignal has passed' : 'its AbortSignal was aborted';
  return new RpcError(timedOut ? 'DEADLINE_EXCEEDED' : 'CANCELLED', `${plan.path}: ${message}`, {
    maybeExecuted,
    method: plan.path,
    cause: reason,
  });
}

/** The handler's call that this one was made in is over. */
export function outerCallEnded(plan: MethodPlan, maybeExecuted: boolean): RpcError {
  return new RpcError('CANCELLED', `${plan.path}: the call that it was made in was cancelled`, {
    maybeExecuted,
    method: plan.path,
  });
}

export function noServer(
  service: string,
  withinMs: number,
  tried: readonly string[],
  plan?: MethodPlan,
): RpcError {
  return new RpcError(
    'UNAVAILABLE',
    `no server of ${service} could be reached within ${withinMs} ms; ${listed(tried)}`,
    { origin: 'transport', method: plan?.path },
  );
}

export function listed(tried: readonly string[]): string {
  return tried.length === 0 ? 'nothing was tried yet' : `tried ${tried.join('; ')}`;
}

export function tooManyWait(plan: MethodPlan, waiting: number): RpcError {
  return new RpcError(
    'RESOURCE_EXHAUSTED',
    `${plan.path}: ${waiting} calls wait already (maxQueuedCalls, maxQueuedBytes)`,
    { method: plan.path },
  );
}

export function tooLarge(plan: MethodPlan, bytes: number, limit: number): RpcError {
  return new RpcError(
    'RESOURCE_EXHAUSTED',
    `the input of ${plan.path} is ${bytes} bytes long, above the limit of ${limit} (maxMessageBytes)`,
    { method: plan.path },
  );
}

export function itemTooLarge(plan: MethodPlan, index: number, bytes: number, limit: number): RpcError {
  return new RpcError(
    'RESOURCE_EXHAUSTED',
    `item ${index} of the input of ${plan.path} is ${bytes} bytes long, above the limit of ${limit} (maxMessageBytes)`,
    { method: plan.path },
  );
}

/** An item that cannot travel ends its call. */
export function itemUnsendable(
  plan: MethodPlan,
  index: number,
  thrown: unknown,
  maybeExecuted: boolean,
): RpcError {
  const { code, message } = RpcError.from(thrown);
  const problem = message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
  return new RpcError(code, `item ${index}: ${problem}`, {
    maybeExecuted,
    method: plan.path,
    ...causeOf(thrown),
  });
}

/** What an error that is told anew has as its cause: not itself. */
function causeOf(thrown: unknown): { cause?: unknown } {
  if (!isRpcError(thrown)) return { cause: thrown };
  return 'cause' in thrown ? { cause: thrown.cause } : {};
}

/** What a caller passed as a stream is none. */
export function noStream(plan: MethodPlan, given: unknown, maybeExecuted: boolean): RpcError {
  const what = given === undefined || given === null ? 'nothing' : `this ${typeof given}`;
  return new RpcError(
    'INVALID_ARGUMENT',
    `${plan.path}: its input is a stream, so it takes an iterable of items, not ${what}`,
    { maybeExecuted, method: plan.path },
  );
}

/** The iterable that a caller passed has failed. */
export function inputFailed(plan: MethodPlan, thrown: unknown, maybeExecuted: boolean): RpcError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new RpcError('CANCELLED', `${plan.path}: the iterable of its input failed: ${why}`, {
    maybeExecuted,
    method: plan.path,
    cause: thrown,
  });
}

/** The caller reads no further. */
export function readerLeft(plan: MethodPlan, maybeExecuted: boolean): RpcError {
  return new RpcError('CANCELLED', `${plan.path}: its output is not read any more`, {
    maybeExecuted,
    method: plan.path,
  });
}

/** The other side waits for the call that this one is made in, and would have to answer this one. */
export function callerBlocked(plan: MethodPlan): RpcError {
  const message = `${plan.path}: whoever would answer it is blocked in a .sync() call that this call is made in, and would wait for ever`;
  return new RpcError('FAILED_PRECONDITION', message, { method: plan.path });
}

/** A second attempt was not possible, or failed like the first. @param who was to take it */
export function notTaken(plan: MethodPlan, why: string, who = 'the server'): RpcError {
  return new RpcError('UNAVAILABLE', `${who} ended before it took ${plan.path}, ${why}`, {
    origin: 'transport',
    method: plan.path,
  });
}

export function cutOff(plan: MethodPlan, key: string, detail: string): RpcError {
  return new RpcError(
    'UNAVAILABLE',
    `the connection to ${key} ended before ${plan.path} was answered: ${detail}`,
    {
      origin: 'transport',
      maybeExecuted: true,
      method: plan.path,
    },
  );
}

/** The client that a server wanted to call is not there any more. */
export function peerGone(plan: MethodPlan): RpcError {
  return new RpcError('UNAVAILABLE', `${plan.path}: whoever serves it is gone`, {
    origin: 'transport',
    method: plan.path,
  });
}

/** Pending when `close` was called. */
export function closedMeanwhile(plan: MethodPlan | undefined, maybeExecuted: boolean): RpcError {
  return new RpcError('CANCELLED', 'the client was closed before the call ended', {
    maybeExecuted,
    method: plan?.path,
  });
}

/** Made after `close` was called. */
export function usedAfterClose(service: string, plan?: MethodPlan): RpcError {
  return new RpcError('FAILED_PRECONDITION', `the client of ${service} is closed`, { method: plan?.path });
}

/** An error that has no method yet, as one of this call. Errors of this call stay as they are. */
export function ofCall(plan: MethodPlan, thrown: unknown): RpcError {
  const error = RpcError.from(thrown, { method: plan.path });
  if (error.method !== undefined) return error;
  const { code, message, origin, maybeExecuted, issues } = error;
  return new RpcError(code, message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message, {
    origin,
    maybeExecuted,
    issues,
    method: plan.path,
    ...causeOf(error),
  });
}
