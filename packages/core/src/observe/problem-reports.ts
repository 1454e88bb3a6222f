import type { CallPeer } from '../contract/types.js';
import type { Logger } from './logger.js';

const BURST = 5;
const REFILL_MS = 2_000;

/**
 * Lets a few reports through at once and one every two seconds after that: a peer that connects in a loop
 * must not fill the log. What was held back is counted in the next report.
 */
export class ProblemReports {
  #tokens = BURST;
  #refilledAt = performance.now();
  #suppressed = 0;

  constructor(private readonly report: (peer: CallPeer | undefined, reason: string, err?: unknown) => void) {}

  add(peer: CallPeer | undefined, reason: string, err?: unknown): void {
    const now = performance.now();
    const refill = Math.floor((now - this.#refilledAt) / REFILL_MS);
    if (refill > 0) {
      this.#tokens = Math.min(BURST, this.#tokens + refill);
      this.#refilledAt += refill * REFILL_MS;
    }
    if (this.#tokens === 0) {
      this.#suppressed += 1;
      return;
    }
    this.#tokens -= 1;
    const more = this.#suppressed > 0 ? ` (and ${this.#suppressed} more problems since the last report)` : '';
    this.#suppressed = 0;
    this.report(peer, reason + more, err);
  }
}

/** Reports of what goes wrong for a server's clients, to its log. */
export function problemsOf(server: { readonly service: string; readonly logger: Logger }): ProblemReports {
  return new ProblemReports((peer, reason, err) =>
    server.logger.warn({ service: server.service, peer, ...(err !== undefined && { err }) }, reason),
  );
}
