import type { Socket } from 'node:net';
import { type Commands, type ControlMessage, sendMessage } from './control-messages.js';

interface Asked {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The runner's end of one process's control channel. */
export class ControlledProcess<C extends Commands> {
  readonly role: string;
  readonly #socket: Socket;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;
  #ended: Error | undefined;

  constructor(role: string, socket: Socket) {
    this.role = role;
    this.#socket = socket;
  }

  ask<K extends keyof C & string>(command: K, argument: C[K]['argument']): Promise<C[K]['result']> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      this.#lastId += 1;
      this.#asked.set(this.#lastId, { resolve, reject });
      sendMessage(this.#socket, { kind: 'ask', id: this.#lastId, command, argument });
    });
  }

  /** @internal */
  accept(message: ControlMessage): void {
    if (message.kind === 'hello' || message.kind === 'ask') return;
    const asked = this.#asked.get(message.id);
    this.#asked.delete(message.id);
    if (message.kind === 'answer') asked?.resolve(message.result);
    else asked?.reject(new Error(`${this.role}: ${message.error}`));
  }

  /** @internal Everything asked, now and later, fails with `reason`. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#asked.values()) reject(this.#ended);
    this.#asked.clear();
  }
}
