import { RpcError } from '../../src/errors/rpc-error.js';

/** A promise with its ends outside. */
export interface Gate<T = void> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Lets the event loop turn until a condition holds. The test's own timeout is the watchdog. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Attempts something with more and more time, until one attempt was given enough for what has to happen before it is over:
 * how long that takes is the machine's business. The test's own timeout is the watchdog.
 * @param attempt gives undefined when its time was too short
 */
export async function withEnoughTime<T>(
  firstMs: number,
  attempt: (ms: number) => Promise<T | undefined>,
): Promise<T> {
  for (let ms = firstMs; ; ms *= 2) {
    const result = await attempt(ms);
    if (result !== undefined) return result;
  }
}

/** The error that a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<RpcError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}
