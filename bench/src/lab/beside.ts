/** Calls that go on beside the measured ones. */
import type { Connection } from '../transport.js';
import { asyncExchange, type Content } from './load.js';

export class CallsBeside {
  #stopped = false;
  readonly #ended: Promise<void>;

  /** Makes calls one after the other, until they are stopped. */
  constructor(connection: Connection, content: Content) {
    if (connection.mode === 'sync') throw new Error('a blocked thread makes no calls beside others');
    this.#ended = this.#run(asyncExchange(connection, content).send);
    // Told by `stop`.
    this.#ended.catch(() => {});
  }

  async #run(send: (i: number) => Promise<unknown>): Promise<void> {
    for (let i = 0; !this.#stopped; i++) await send(i);
  }

  /** Resolves when the last one is over. @throws what ended them early */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#ended;
  }
}
