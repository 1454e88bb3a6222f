// A client that keeps calling, a few calls at a time with a pause between, and measures each.
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../../dist/index.js';
import { target } from './contract.mjs';

const CALLS_AT_A_TIME = 5;
const PAUSE_MS = 1;

export class Polite {
  #client;
  #times = [];
  #failures = [];
  #calling;
  #stopped = false;

  async attach(directory) {
    this.#client = connect(target, { directory, connectTimeoutMs: 60_000 });
    await this.#client.ready();
    this.#stopped = false;
    this.#calling = this.#call();
  }

  async detach() {
    this.#stopped = true;
    await this.#calling;
    await this.#client.close();
  }

  /** What has happened since this was last asked: how long each call took, in µs, and the calls that failed. */
  window() {
    const times = this.#times.splice(0);
    return { times, failures: this.#failures.splice(0) };
  }

  /** The same, after so many further calls. */
  async after(calls) {
    while (this.#times.length < calls && this.#failures.length === 0) await sleep(1);
    return this.window();
  }

  async #call() {
    for (let count = 0; !this.#stopped; count++) {
      const text = `polite ${count}`;
      const began = performance.now();
      try {
        if ((await this.#client.echo(text)) !== text) this.#failures.push('the answer of another call');
      } catch (error) {
        this.#failures.push(error.message);
      }
      this.#times.push(Math.round((performance.now() - began) * 1000));
      if (count % CALLS_AT_A_TIME === 0) await sleep(PAUSE_MS);
    }
  }
}
