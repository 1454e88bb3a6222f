import type { CallOptions } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';

/**
 * The point in time at which a call ends by its own options.
 * @returns ms of CLOCK_MONOTONIC; Infinity for none
 * @throws RpcError INVALID_ARGUMENT for a number that is none.
 */
export function deadlineOf(options: CallOptions, nowMs: number, defaultTimeoutMs: number): number {
  const { timeoutMs, deadline } = options;
  if (deadline === undefined) return nowMs + checked(timeoutMs ?? defaultTimeoutMs, 'timeoutMs');
  const atMs = checked(typeof deadline === 'number' ? deadline : deadline.getTime(), 'deadline');
  const remaining = atMs - Date.now();
  return nowMs + Math.min(remaining, checked(timeoutMs ?? Number.POSITIVE_INFINITY, 'timeoutMs'));
}

function checked(value: number, name: string): number {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new RpcError('INVALID_ARGUMENT', `the option ${name} is ${String(value)}, not a time`);
  }
  return value;
}
