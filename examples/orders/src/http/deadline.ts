import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallOptions } from '@doorcall/core';

/** Carries what is left of a call's time, in milliseconds. */
export const TIMEOUT_HEADER = 'timeout-ms';

const DEFAULT_TIMEOUT_MS = 30_000;

const storage = new AsyncLocalStorage<number>();

/** Runs a handler so that the calls made in it end with the call that it answers. */
export function withDeadline<Result>(deadline: number, handler: () => Result): Result {
  return storage.run(deadline, handler);
}

/** When a call that has arrived must end, as Unix time in milliseconds. */
export function deadlineFrom(header: string | string[] | undefined): number {
  const timeoutMs = Number(header);
  return Date.now() + (timeoutMs > 0 ? timeoutMs : DEFAULT_TIMEOUT_MS);
}

/** When a call made here must end, as Unix time in milliseconds. */
export function deadlineOf({ timeoutMs, deadline }: CallOptions): number {
  return Math.min(
    storage.getStore() ?? Number.POSITIVE_INFINITY,
    Number(deadline ?? Number.POSITIVE_INFINITY),
    Date.now() + (timeoutMs ?? DEFAULT_TIMEOUT_MS),
  );
}
