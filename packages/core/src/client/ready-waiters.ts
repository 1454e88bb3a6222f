import { monotonicMs } from '../context/clock.js';
import { holdProcess, releaseProcess } from '../context/keep-alive.js';
import type { RpcError } from '../errors/rpc-error.js';

interface ReadyWaiter {
  readonly sinceMs: number;
  readonly resolve: () => void;
  readonly reject: (error: RpcError) => void;
}

/** Those who wait for a client to have a connection. They keep the process alive. */
export class ReadyWaiters {
  #waiters = new Set<ReadyWaiter>();

  get size(): number {
    return this.#waiters.size;
  }

  /** @param begun told since when, in ms of CLOCK_MONOTONIC */
  add(begun: (sinceMs: number) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const sinceMs = monotonicMs();
      this.#waiters.add({ sinceMs, resolve, reject });
      if (this.#waiters.size === 1) holdProcess();
      begun(sinceMs);
    });
  }

  /** Since when each has waited. */
  *sinceMs(): Iterable<number> {
    for (const waiter of this.#waiters) yield waiter.sinceMs;
  }

  /** There is a connection; or there will be none. */
  end(error?: RpcError): void {
    if (this.#waiters.size === 0) return;
    const waiters = this.#waiters;
    this.#waiters = new Set();
    releaseProcess();
    for (const waiter of waiters) {
      if (error === undefined) waiter.resolve();
      else waiter.reject(error);
    }
  }
}
