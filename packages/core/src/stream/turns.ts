/** A stream that waits for space in its connection's ring. */
export interface WaitsForSpace {
  /** Goes on sending. @returns false when it was refused again */
  resume(): boolean;
}

/**
 * The streams of one connection that were refused for want of space. They go on in the order in which they were refused,
 * each until it is refused again, so that none starves.
 */
export class Turns {
  readonly #waiting = new Set<WaitsForSpace>();

  wait(stream: WaitsForSpace): void {
    this.#waiting.add(stream);
  }

  leave(stream: WaitsForSpace): void {
    this.#waiting.delete(stream);
  }

  /** There is space again. */
  go(): void {
    const waiting = this.#waiting;
    // Those that are refused again come last.
    for (let left = waiting.size; left > 0; left -= 1) {
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      if (!next.resume()) return;
    }
  }
}
