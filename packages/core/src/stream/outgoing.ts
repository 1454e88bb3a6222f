import type { Encoded } from '../codec/codec.js';
import { Flag, SendResult } from '../transport/transport.js';
import type { Window } from './incoming.js';
import type { Turns, WaitsForSpace } from './turns.js';

/** What a stream that is sent needs from its call. */
export interface OutgoingOwner {
  /**
   * Turns an item into bytes, which are sent or copied at once. Undefined when there are none and the owner has ended the
   * stream; a promise of a function that makes them when the item has to be judged asynchronously.
   */
  encode(index: number, item: unknown): Encoded | undefined | Promise<() => Encoded | undefined>;
  send(flags: number, bytes: Uint8Array, start: number, end: number): SendResult;
  /** Asks the source for an item. */
  pull(source: ItemSource): PulledItem | PromiseLike<PulledItem>;
  /** The source has ended, and all its items are sent. */
  sourceEnded(): void;
  /** The source has failed; the items before are sent. */
  sourceThrew(thrown: unknown): void;
}

type PulledItem = IteratorResult<unknown, unknown>;

/** An iterator of either kind. */
export interface ItemSource {
  next(): PulledItem | PromiseLike<PulledItem>;
  return?(): unknown;
}

/** The iterator of an iterable; undefined when it is none. */
export function sourceOf(iterable: unknown): ItemSource | undefined {
  if (typeof iterable !== 'object' || iterable === null) return undefined;
  const { [Symbol.asyncIterator]: later, [Symbol.iterator]: now } = iterable as Partial<
    AsyncIterable<unknown> & Iterable<unknown>
  >;
  if (typeof later === 'function') return (iterable as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  if (typeof now === 'function') return (iterable as Iterable<unknown>)[Symbol.iterator]();
  return undefined;
}

/** Bytes of an item that are still to be sent. */
interface Rest {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** For the next piece: only the first says what the item is. */
  flags: number;
}

/**
 * The sending end of a stream. It asks its source for an item only when it may send one, so what waits for a slow reader
 * waits in the source.
 */
export class OutgoingStream implements WaitsForSpace {
  #bytes: number;
  #items: number;
  #index = 0;
  #rest: Rest | undefined;
  /** An item is being made or encoded. */
  #awaits = false;
  #stopped = false;
  /** The last attempt to send found no space. */
  #refused = false;

  /**
   * @param maxPieceBytes the largest payload that the transport keeps in order
   * @param window what the reader is willing to hold
   */
  constructor(
    private readonly owner: OutgoingOwner,
    private readonly source: ItemSource,
    private readonly turns: Turns,
    private readonly maxPieceBytes: number,
    private readonly window: Window,
  ) {
    this.#bytes = window.bytes;
    this.#items = window.items;
    this.maxPieceBytes = Math.max(1, Math.min(maxPieceBytes, window.bytes >> 1));
  }

  start(): void {
    this.#run();
  }

  /** The reader has room for more. @returns false when it gives more than its window */
  grant(bytes: number, items: number): boolean {
    this.#bytes += bytes;
    this.#items += items;
    if (this.#bytes > this.window.bytes || this.#items > this.window.items) return false;
    this.#run();
    return true;
  }

  resume(): boolean {
    this.#run();
    return !this.#refused;
  }

  /** Nothing more is sent; the source is closed. */
  stop(): void {
    if (this.#stopped) return;
    this.#end();
    // What it still has to say is of no interest: the call is over.
    try {
      const closed = this.source.return?.();
      if (closed instanceof Promise) closed.catch(() => {});
    } catch {}
  }

  #run(): void {
    this.#refused = false;
    while (!this.#stopped && !this.#awaits) {
      if (this.#rest !== undefined) {
        if (!this.#sendRest(this.#rest)) return;
        this.#rest = undefined;
      }
      if (this.#items === 0 || this.#bytes === 0) return;
      let pulled: PulledItem | PromiseLike<PulledItem>;
      this.#awaits = true;
      try {
        pulled = this.owner.pull(this.source);
        if (isThenable(pulled)) {
          pulled.then(this.#pulledLater, this.#threw);
          return;
        }
      } catch (thrown) {
        this.#threw(thrown);
        return;
      }
      this.#awaits = false;
      this.#pulled(pulled);
    }
  }

  readonly #pulledLater = (pulled: PulledItem): void => {
    this.#awaits = false;
    this.#pulled(pulled);
    this.#run();
  };

  readonly #threw = (thrown: unknown): void => {
    this.#awaits = false;
    if (this.#stopped) return;
    this.#end();
    this.owner.sourceThrew(thrown);
  };

  #pulled(pulled: PulledItem): void {
    if (this.#stopped) return;
    let item: unknown;
    try {
      // A source may be anybody's: neither its results nor their properties are taken for granted.
      if (pulled.done === true) {
        this.#end();
        this.owner.sourceEnded();
        return;
      }
      item = pulled.value;
    } catch (thrown) {
      this.#threw(thrown);
      return;
    }
    this.#send(item);
  }

  #send(item: unknown): void {
    let encoded: Encoded | undefined | Promise<() => Encoded | undefined>;
    try {
      encoded = this.owner.encode(this.#index, item);
    } catch (thrown) {
      // A property of the item that cannot be read.
      this.stop();
      this.owner.sourceThrew(thrown);
      return;
    }
    this.#index += 1;
    if (encoded instanceof Promise) {
      this.#awaits = true;
      encoded.then((later) => {
        this.#awaits = false;
        if (!this.#stopped) this.#encoded(later());
        this.#run();
      }, this.#threw);
    } else {
      this.#encoded(encoded);
    }
  }

  /** Sends as much as may be sent. The bytes are the codec's: what is left is copied. */
  #encoded(encoded: Encoded | undefined): void {
    if (encoded === undefined || this.#stopped) return;
    const { bytes, start, end } = encoded;
    this.#items -= 1;
    const rest: Rest = { bytes, start, end, flags: 0 };
    if (this.#sendRest(rest) || this.#stopped) return;
    rest.bytes = new Uint8Array(bytes.subarray(rest.start, end));
    rest.end = rest.bytes.length;
    rest.start = 0;
    this.#rest = rest;
  }

  /** @returns true when all of it is sent; else it waits for space or credit, or there is nobody to send it to */
  #sendRest(rest: Rest): boolean {
    for (;;) {
      const size = Math.min(rest.end - rest.start, this.maxPieceBytes);
      if (size > this.#bytes) return false;
      const last = rest.start + size === rest.end;
      const flags = rest.flags | (last ? 0 : Flag.more);
      const result = this.owner.send(flags, rest.bytes, rest.start, rest.start + size);
      if (result === SendResult.full) {
        this.#refused = true;
        this.turns.wait(this);
        return false;
      }
      if (result === SendResult.closed) {
        // Whoever owns the call is told of the end by the connection.
        this.stop();
        return false;
      }
      this.#bytes -= size;
      if (last) return true;
      rest.start += size;
      rest.flags = 0;
    }
  }

  #end(): void {
    this.#stopped = true;
    this.#rest = undefined;
    this.turns.leave(this);
  }
}

function isThenable(value: PulledItem | PromiseLike<PulledItem>): value is PromiseLike<PulledItem> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}
