import { EventEmitter, once } from 'node:events';
import type { OrderEvent } from './live-orders.js';

/**
 * The last events, and whoever follows them. A follower is a position in the log and nothing else: one that reads
 * slowly costs no memory, and one that is slower than the log is long misses the oldest.
 */
export class EventLog {
  readonly #events: OrderEvent[] = [];
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #sequence = 0;
  #closed = false;
  followers = 0;

  constructor(private readonly capacity = 10_000) {}

  append(event: Omit<OrderEvent, 'sequence'>): void {
    this.#sequence += 1;
    this.#events.push({ sequence: this.#sequence, ...event });
    if (this.#events.length > this.capacity) this.#events.shift();
    this.#changes.emit('change');
  }

  /** Events after that one, those to come included. Ends when the log is closed, and throws when the signal aborts. */
  async *follow(after: number, signal: AbortSignal): AsyncGenerator<OrderEvent> {
    // A number that was never given is of an earlier life of this process.
    let position = after > this.#sequence ? 0 : after;
    this.followers += 1;
    try {
      while (!this.#closed) {
        const oldest = this.#sequence - this.#events.length;
        const next = this.#events[Math.max(0, position - oldest)];
        if (next === undefined) {
          await once(this.#changes, 'change', { signal });
        } else {
          position = next.sequence;
          yield next;
        }
      }
    } finally {
      this.followers -= 1;
    }
  }

  /** Ends all followers. */
  close(): void {
    this.#closed = true;
    this.#changes.emit('change');
  }
}
