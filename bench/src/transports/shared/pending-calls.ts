/** Calls that wait for their answers, each under the number that goes with it. */
export class PendingCalls<Answer> {
  readonly #calls = new Map<number, { resolve(answer: Answer): void; reject(error: Error): void }>();
  #lastId = 0;
  #failure: Error | undefined;

  /** @param send sends the call under this number */
  make(send: (id: number) => void): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) {
        reject(this.#failure);
        return;
      }
      this.#lastId = (this.#lastId + 1) >>> 0;
      this.#calls.set(this.#lastId, { resolve, reject });
      send(this.#lastId);
    });
  }

  resolve(id: number, answer: Answer): void {
    this.#take(id)?.resolve(answer);
  }

  reject(id: number, reason: string): void {
    this.#take(id)?.reject(new Error(reason));
  }

  /** The connection is gone: what waits fails, and so does what comes. */
  end(reason: Error): void {
    this.#failure ??= reason;
    for (const { reject } of this.#calls.values()) reject(this.#failure);
    this.#calls.clear();
  }

  #take(id: number) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }
}
