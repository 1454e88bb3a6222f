import { percentile } from '../stats.js';

const intervalMs = 1;

/**
 * How late a timer of 1 ms fires while the loop is busy with calls: what other users of the same event loop
 * (timers, sockets) notice of them.
 */
export class LatenessProbe {
  readonly #latenessUs: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let due = performance.now() + intervalMs;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#latenessUs.push(Math.max(0, now - due) * 1_000);
      due = now + intervalMs;
    }, intervalMs);
  }

  /** @returns the 99th percentile of the lateness in µs */
  stop(): number {
    clearInterval(this.#timer);
    return percentile(this.#latenessUs, 99);
  }
}
