import { onTestFinished, vi } from 'vitest';

const realImmediate = setImmediate;

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * A clock and an event loop that take no time but what a test says, so that latencies come out to the microsecond on
 * any machine. A turn of the loop takes 25 µs; a timer rings on time or as much later as a test says.
 */
export class VirtualTime {
  now = 0;
  /** How late timers ring. */
  timerLatenessMs = 0;
  /** How many callbacks of `setImmediate` were run. */
  turns = 0;
  readonly #events = new Set<Event>();
  #order = 0;

  constructor() {
    vi.spyOn(performance, 'now').mockImplementation(() => this.now);
    vi.stubGlobal('setImmediate', (run: () => void) =>
      this.at(this.now + 0.025, () => {
        this.turns += 1;
        run();
      }),
    );
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) =>
      this.at(this.now + Math.max(1, ms) + this.timerLatenessMs, run),
    );
    for (const clear of ['clearImmediate', 'clearTimeout']) {
      vi.stubGlobal(clear, (event: Event) => this.#events.delete(event));
    }
    onTestFinished(() => {
      vi.unstubAllGlobals();
      vi.restoreAllMocks();
    });
  }

  /** Runs something at a time. */
  at(at: number, run: () => void): Event {
    const event = { at, run, order: this.#order++ };
    this.#events.add(event);
    return event;
  }

  /** Resolves at a time. */
  until(at: number): Promise<void> {
    return new Promise((resolve) => {
      this.at(at, resolve);
    });
  }

  /** Lets time pass until the promise is settled. */
  async pass<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const end = () => {
      settled = true;
    };
    promise.then(end, end);
    while (!settled) {
      const next = [...this.#events].sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (next !== undefined) {
        this.#events.delete(next);
        this.now = Math.max(this.now, next.at);
        next.run();
      }
      // Whatever promises have to say is said before the next event.
      await new Promise((resolve) => realImmediate(resolve));
    }
    return promise;
  }
}

/** A server that answers one call after another, each in 1 µs. */
export class VirtualServer {
  #freeAt = 0;

  constructor(readonly time: VirtualTime) {}

  /** @param stallMs how long it stands still before it answers this call */
  answer(stallMs = 0): Promise<void> {
    this.#freeAt = Math.max(this.time.now, this.#freeAt) + stallMs + 0.001;
    return this.time.until(this.#freeAt);
  }
}
