import { setMaxListeners } from 'node:events';

/** Tells handlers that their server drains. Made when it is first asked for, and shared by all calls of the server. */
export class DrainSignal {
  #begun = false;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      // Each open stream may listen.
      setMaxListeners(0, this.#controller.signal);
      if (this.#begun) this.#abort();
    }
    return this.#controller.signal;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#abort();
  }

  #abort(): void {
    this.#controller?.abort(new DOMException('the server is draining', 'AbortError'));
  }
}
