const FIRST_MS = 10;
const LONGEST_MS = 2_000;
/** Attempts are never closer together than this, whatever wakes them. */
const SHORTEST_MS = 5;

/**
 * How long to wait before the next attempt to connect: nothing before the first retry, then doubling up to
 * 2 s, half of it at random so that clients of a restarted server do not come all at once.
 */
export class Backoff {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  next(): number {
    this.#failures += 1;
    if (this.#failures === 1) return SHORTEST_MS;
    const ceiling = Math.min(FIRST_MS * 2 ** (this.#failures - 2), LONGEST_MS);
    return Math.max(SHORTEST_MS, ceiling * (0.5 + Math.random() / 2));
  }
}
