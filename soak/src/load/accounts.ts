import { RpcError, type StatusCode, statusNumber } from '@doorcall/core';
import { callIdOf, LedgerFile, What } from '../ledger/record.js';

/** How calls to servers that are killed, stopped and starved may end. Everything else is a violation. */
const EXPECTED: ReadonlySet<StatusCode> = new Set<StatusCode>(['UNAVAILABLE', 'RESOURCE_EXHAUSTED']);

/**
 * Kinds that may end otherwise. Of all others the deadline is far away: what it ends was lost. And no call to the server that is
 * never killed may fail.
 */
const EXPECTED_OF: Readonly<Record<string, ReadonlySet<StatusCode>>> = {
  cancelled: new Set<StatusCode>([...EXPECTED, 'DEADLINE_EXCEEDED', 'CANCELLED']),
  ordered: new Set<StatusCode>(),
};

/** Kinds whose calls last as long as nobody ends them. */
const ENDLESS: ReadonlySet<string> = new Set(['subscription']);

/** No other call has so long a deadline. */
const HUNG_MS = 90_000;
const WATCH_MS = 5_000;

/** Counts the calls of one client, and times them. */
export class Accounts {
  readonly #ledger: LedgerFile;
  readonly #open = new Map<number, number>();
  readonly #watch: NodeJS.Timeout;
  #sequence = 0;
  #times: Record<string, number[]> = {};

  constructor(
    readonly client: number,
    ledger: string,
    readonly violated: (words: string) => void,
  ) {
    this.#ledger = new LedgerFile(ledger);
    this.#watch = setInterval(() => this.#lookForHung(), WATCH_MS);
    this.#watch.unref();
  }

  /**
   * Makes one call. Fails never: how the call ended stands in the ledger.
   * @param kind for the statistics
   * @param make returns undefined, or what is wrong with the answer
   */
  async call(kind: string, make: (id: number) => Promise<string | undefined>): Promise<void> {
    const { id, began } = this.#begin(kind);
    try {
      const wrong = await make(id);
      this.#succeeded(kind, id, began);
      if (wrong !== undefined) this.violated(`${kind} ${id}: ${wrong}`);
    } catch (error) {
      this.#failed(kind, id, error);
    }
  }

  /** The same for a call without an answer. */
  async send(
    kind: string,
    make: (id: number) => Promise<void>,
    how: What.sent | What.sentToAnchor = What.sent,
  ): Promise<void> {
    const { id, began } = this.#begin(kind);
    try {
      await make(id);
      this.#succeeded(kind, id, began, how);
    } catch (error) {
      this.#failed(kind, id, error);
    }
  }

  /** The same for a call that blocks the thread. */
  blocking(kind: string, make: (id: number) => string | undefined): void {
    const { id, began } = this.#begin(kind);
    try {
      const wrong = make(id);
      this.#succeeded(kind, id, began);
      if (wrong !== undefined) this.violated(`${kind} ${id}: ${wrong}`);
    } catch (error) {
      this.#failed(kind, id, error);
    }
  }

  /** Times of the calls since the last question, in µs, by kind. */
  takeTimes(): Record<string, number[]> {
    const times = this.#times;
    this.#times = {};
    return times;
  }

  close(): void {
    clearInterval(this.#watch);
    this.#ledger.close();
  }

  #begin(kind: string): { id: number; began: number } {
    const id = callIdOf(this.client, this.#sequence);
    this.#sequence += 1;
    this.#ledger.write(id, What.begun);
    const began = performance.now();
    if (!ENDLESS.has(kind)) this.#open.set(id, began);
    return { id, began };
  }

  #succeeded(kind: string, id: number, began: number, how = What.succeeded): void {
    this.#open.delete(id);
    this.#ledger.write(id, how);
    if (ENDLESS.has(kind)) return;
    this.#times[kind] ??= [];
    this.#times[kind].push(Math.round((performance.now() - began) * 1_000));
  }

  #failed(kind: string, id: number, error: unknown): void {
    this.#open.delete(id);
    if (!(error instanceof RpcError)) {
      this.#ledger.write(id, What.failed);
      this.violated(`${kind} ${id}: ${error instanceof Error ? error.stack : String(error)}`);
      return;
    }
    const { code, maybeExecuted, message } = error;
    this.#ledger.write(id, maybeExecuted ? What.failed : What.notExecuted, statusNumber(code));
    if (!(EXPECTED_OF[kind] ?? EXPECTED).has(code)) this.violated(`${kind} ${id}: ${message}`);
  }

  #lookForHung(): void {
    const now = performance.now();
    for (const [id, began] of this.#open) {
      if (now - began < HUNG_MS) continue;
      this.violated(`call ${id} has not ended for ${Math.round((now - began) / 1_000)} s`);
      this.#open.set(id, Number.POSITIVE_INFINITY);
    }
  }
}
