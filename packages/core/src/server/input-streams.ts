import type { IncomingStream } from '../stream/incoming.js';

/**
 * The input streams of one connection, by call id. Each stays until its client has said that it is over, also when the
 * call has long been answered: what was under way meanwhile still meets the stream it belongs to.
 */
export class InputStreams {
  readonly #open = new Map<number, IncomingStream>();
  /** Of calls that were refused before anybody knew whether they have one; the oldest first. */
  readonly #refused = new Map<number, IncomingStream>();

  /** @param most a client that keeps to its limit of calls has no more */
  constructor(private readonly most: number) {}

  has(callId: number): boolean {
    return this.#open.size > 0 && this.#open.has(callId);
  }

  /** @returns what the client did wrong, if anything */
  open(callId: number, stream: IncomingStream): string | undefined {
    // An id that is used again was that of a call without an input stream.
    this.#refused.delete(callId);
    if (this.#open.size >= this.most) return `has more than ${this.most} input streams open`;
    this.#open.set(callId, stream);
    return undefined;
  }

  /** A call has been refused; what its client sends for it, if it sends anything, goes there. */
  refuse(callId: number, stream: IncomingStream): void {
    this.#refused.delete(callId);
    this.#refused.set(callId, stream);
    if (this.#refused.size <= this.most) return;
    const [oldest] = this.#refused.keys();
    if (oldest !== undefined) this.#refused.delete(oldest);
  }

  /** A piece of an item has come. @returns what the client did wrong, if anything */
  receive(
    callId: number,
    flags: number,
    items: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): string | undefined {
    const stream = this.#open.get(callId) ?? this.#refused.get(callId);
    if (stream === undefined) return `sent an item for call ${callId}, which has no open input`;
    return stream.receive(flags, items, bytes, start, end);
  }

  /** The client's stream is over. @returns what the client did wrong, if anything */
  end(callId: number): string | undefined {
    if (this.#refused.delete(callId)) return undefined;
    const stream = this.#open.get(callId);
    if (stream === undefined) return `ended the input of call ${callId}, which has none open`;
    this.#open.delete(callId);
    if (stream.inItem) return 'ended an input in the midst of an item';
    stream.end();
    return undefined;
  }
}
