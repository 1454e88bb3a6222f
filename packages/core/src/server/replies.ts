import type { Encoded } from '../codec/codec.js';
import { type Connection, Kind, SendResult } from '../transport/transport.js';
import type { SpareMemory } from './spare-memory.js';

interface Kept {
  readonly kind: Kind;
  readonly flags: number;
  readonly callId: number;
  readonly aux: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Bytes of answers that wait, over all connections of a server. */
export interface ReplyQuota {
  readonly perConnection: number;
  readonly inAll: number;
  used: number;
  /** Where their copies lie. */
  readonly memory: SpareMemory;
}

/**
 * Answers of one connection. They go straight out as long as the transport takes them. When its queue is full
 * because the client reads too slowly, they wait here, and no further requests are taken meanwhile.
 */
export class Replies {
  readonly #kept: Kept[] = [];
  #keptBytes = 0;

  constructor(
    private readonly connection: Connection,
    private readonly quota: ReplyQuota,
  ) {}

  /** True while answers wait: the connection takes no requests. */
  get blocked(): boolean {
    return this.#kept.length > 0;
  }

  /** @returns false when the quota is used up: then a small error has to go instead of a large answer */
  send(kind: Kind, flags: number, callId: number, aux: number, body: Encoded): boolean {
    const { bytes, start, end } = body;
    if (this.#kept.length === 0) {
      const result = this.connection.send(kind, flags, 0, callId, aux, bytes, start, end);
      if (result !== SendResult.full) return true;
    }
    const size = end - start;
    const over =
      this.#keptBytes + size > this.quota.perConnection || this.quota.used + size > this.quota.inAll;
    if (over && kind === Kind.reply) return false;
    this.#kept.push({ kind, flags, callId, aux, bytes: this.quota.memory.copyOf(bytes, start, end) });
    this.#account(size);
    return true;
  }

  /** Sends what waited. @returns true when nothing waits any more */
  flush(): boolean {
    let sent = 0;
    for (const { kind, flags, callId, aux, bytes } of this.#kept) {
      if (this.connection.send(kind, flags, 0, callId, aux, bytes, 0, bytes.length) === SendResult.full)
        break;
      this.#account(-bytes.length);
      this.quota.memory.giveBack(bytes);
      sent += 1;
    }
    this.#kept.splice(0, sent);
    return this.#kept.length === 0;
  }

  /** The connection is gone. */
  drop(): void {
    this.#account(-this.#keptBytes);
    this.#kept.length = 0;
  }

  #account(bytes: number): void {
    this.#keptBytes += bytes;
    this.quota.used += bytes;
  }
}
