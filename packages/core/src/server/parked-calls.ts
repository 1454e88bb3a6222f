import type { ServerCall } from './call.js';
import type { ReplyQuota } from './replies.js';

const NOTHING = new Uint8Array(0);

/** Requests of one connection that wait for a place, oldest first. They are among the running calls, too. */
export class ParkedCalls {
  readonly #calls = new Set<ServerCall>();
  #bytes = 0;

  /** @param quota what they share with the answers that wait */
  constructor(private readonly quota: ReplyQuota) {}

  get size(): number {
    return this.#calls.size;
  }

  get first(): ServerCall | undefined {
    const [call] = this.#calls;
    return call;
  }

  /** Whether one more of so many bytes may wait; the first always may. */
  hasRoomFor(bytes: number): boolean {
    const { perConnection, inAll, used } = this.quota;
    return this.#calls.size === 0 || (this.#bytes + bytes <= perConnection && used + bytes <= inAll);
  }

  /** Keeps a call with its input. */
  add(call: ServerCall, bytes: Uint8Array, start: number, end: number): void {
    call.parked = new Uint8Array(bytes.subarray(start, end));
    this.#calls.add(call);
    this.#account(call.parked.length);
  }

  /** The call waits no more. @returns its input */
  remove(call: ServerCall): Uint8Array {
    const bytes = call.parked ?? NOTHING;
    this.#calls.delete(call);
    call.parked = undefined;
    this.#account(-bytes.length);
    return bytes;
  }

  clear(): void {
    for (const call of this.#calls) this.remove(call);
  }

  #account(bytes: number): void {
    this.#bytes += bytes;
    this.quota.used += bytes;
  }
}
