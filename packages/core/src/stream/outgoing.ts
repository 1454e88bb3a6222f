import type { Encoded } from '../codec/codec.js';
import { monotonicMs } from '../context/clock.js';
import { isThenable } from '../contract/thenable.js';
import { Flag, SendResult } from '../transport/transport.js';
import { Bundle } from './bundle.js';
import type { Window } from './incoming.js';
import { itemCost } from './item-cost.js';
import type { Turns, WaitsForSpace } from './turns.js';

/** An item as it is sent. */
export interface OutgoingItem extends Encoded {
  /** What travels beside it. */
  readonly beside?: Beside;
}

/** What travels beside an item, and in a table before it. Nothing of it leaves before the item may. */
export interface Beside {
  readonly tableBytes: number;
  /** Descriptors that both sides count. */
  readonly fds: number;
  /**
   * The item with its table, valid until the next one: told whether it was accepted for sending. Undefined when there is no
   * room now; then the streams of this connection get their turns when there is.
   */
  attach(body: Encoded): Attached | undefined;
  /** The item is not sent, and attach() has given nothing. */
  drop(): void;
}

interface Attached {
  readonly body: Encoded;
  sent(): void;
  undo(): void;
}

/** What becomes of an item; undefined when its call has ended meanwhile. */
export type EncodedItem = OutgoingItem | Unsendable | undefined;

/** An item that cannot be sent: what ends the stream, once the items before it are sent. */
export class Unsendable {
  constructor(readonly end: () => void) {}
}

/** What a stream that is sent needs from its call. */
export interface OutgoingOwner {
  /**
   * Turns an item into bytes, which are sent or copied at once; a promise of a function that does so when the item has to be
   * judged asynchronously.
   */
  encode(index: number, item: unknown): EncodedItem | Promise<() => EncodedItem>;
  /** @param items how many are in a bundle; 0 for a single one, or a piece of one */
  send(flags: number, items: number, bytes: Uint8Array, start: number, end: number): SendResult;
  /** Asks the source for an item. */
  pull(source: ItemSource): PulledItem | PromiseLike<PulledItem>;
  /** What belongs to an item cannot be sent: the stream is to end, as for {@link Unsendable}. */
  unattachable(index: number, thrown: unknown): void;
  /** The source gave an item after all was over. */
  dropped(item: unknown): void;
  /** The source has ended, and all its items are sent. */
  sourceEnded(): void;
  /** The source has failed; the items before are sent. */
  sourceThrew(thrown: unknown): void;
  /** The source was left early, and failed as it was closed. */
  closeFailed(thrown: unknown): void;
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

/** Whether {@link sourceOf} finds an iterator, as far as can be told without asking for it. */
export function isIterable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** Lets go of a source that nobody reads: what it still has to say is of no interest. */
export function closeSource(iterable: unknown): void {
  try {
    release(sourceOf(iterable));
  } catch {}
}

/** @param failed is told what the source throws */
function release(source: ItemSource | undefined, failed: (thrown: unknown) => void = () => {}): void {
  try {
    const closed = source?.return?.();
    if (closed instanceof Promise) closed.catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
}

const NOTHING = new Uint8Array(0);
/** A larger buffer is given up after the item that needed it. */
const MAX_KEPT = 1024 * 1024;

/** How a source has ended. */
type Finish = { readonly thrown?: unknown; readonly end?: () => void };

/** Bytes of an item that are still to be sent. */
interface Rest {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** For the next piece: only the first says what the item is. */
  flags: number;
  /** The bytes are this stream's, not the codec's. */
  kept: boolean;
  /** Until it is in front of the bytes. */
  beside: Beside | undefined;
  /** From then on until the last piece was accepted. */
  attached: Attached | undefined;
}

/**
 * The sending end of a stream. It asks its source for an item only when it may send one, so what waits for a slow reader
 * waits in the source.
 */
export class OutgoingStream implements WaitsForSpace {
  #bytes: number;
  #items: number;
  #index = 0;
  #kept = NOTHING;
  /** Small items that are not sent yet. */
  readonly #bundle: Bundle;
  #flushScheduled = false;
  /** The bundle was refused, or is the last: nothing is pulled before it is sent. */
  #flushesFirst = false;
  #finish: Finish | undefined;
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
    this.#bundle = new Bundle(this.maxPieceBytes, monotonicMs());
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
    this.#closeSource();
  }

  #closeSource(): void {
    release(this.source, (thrown) => this.owner.closeFailed(thrown));
  }

  #run(): void {
    this.#refused = false;
    while (!this.#stopped && !this.#awaits) {
      if (this.#flushesFirst && !this.#flush()) return;
      if (this.#rest !== undefined) {
        if (!this.#sendRest(this.#rest)) {
          if (!this.#stopped) this.#keep(this.#rest);
          return;
        }
        this.#rest = undefined;
      }
      if (this.#finish !== undefined) {
        this.#conclude(this.#finish);
        return;
      }
      if (this.#items === 0 || this.#bytes <= this.#bundle.length) {
        // The reader has to read first.
        if (this.#flush()) return;
        continue;
      }
      this.#pull();
    }
  }

  #pull(): void {
    let pulled: PulledItem | PromiseLike<PulledItem>;
    this.#awaits = true;
    try {
      pulled = this.owner.pull(this.source);
      if (isThenable(pulled)) {
        pulled.then(this.#pulledLater, this.#threwLater);
        return;
      }
    } catch (thrown) {
      this.#awaits = false;
      this.#ended({ thrown });
      return;
    }
    this.#awaits = false;
    this.#pulled(pulled);
  }

  readonly #pulledLater = (pulled: PulledItem): void => {
    this.#awaits = false;
    this.#pulled(pulled);
    this.#run();
  };

  readonly #threwLater = (thrown: unknown): void => {
    this.#awaits = false;
    this.#ended({ thrown });
    this.#run();
  };

  #pulled(pulled: PulledItem): void {
    let item: unknown;
    try {
      // A source may be anybody's: neither its results nor their properties are taken for granted.
      if (pulled.done === true) {
        this.#ended({});
        return;
      }
      item = pulled.value;
    } catch (thrown) {
      this.#ended({ thrown });
      return;
    }
    if (this.#stopped) this.owner.dropped(item);
    else this.#send(item);
  }

  #send(item: unknown): void {
    let encoded: EncodedItem | Promise<() => EncodedItem>;
    try {
      encoded = this.owner.encode(this.#index, item);
    } catch (thrown) {
      // A property of the item that cannot be read.
      this.#ended({ end: () => this.owner.sourceThrew(thrown) });
      return;
    }
    this.#index += 1;
    if (encoded instanceof Promise) {
      this.#awaits = true;
      encoded.then((later) => {
        this.#awaits = false;
        this.#encoded(later());
        this.#run();
      }, this.#threwLater);
    } else {
      this.#encoded(encoded);
    }
  }

  /** The source has no more items; those that it had go first. */
  #ended(how: Finish): void {
    if (this.#stopped) return;
    this.#finish = how;
    this.#flushesFirst = true;
  }

  #conclude(how: Finish): void {
    this.#end();
    if (how.end !== undefined) {
      this.#closeSource();
      how.end();
    } else if ('thrown' in how) this.owner.sourceThrew(how.thrown);
    else this.owner.sourceEnded();
  }

  /** Sends an item, or as much of it as may be sent. The bytes are the codec's: what is left is copied. */
  #encoded(encoded: EncodedItem): void {
    if (encoded instanceof Unsendable) {
      this.#ended({ end: encoded.end });
      return;
    }
    if (encoded === undefined || this.#stopped) {
      encoded?.beside?.drop();
      return;
    }
    const { bytes, start, end, beside } = encoded;
    if (beside === undefined) this.#items -= 1;
    if (beside === undefined && this.#bundle.takes(end - start)) {
      if (!this.#bundle.hasRoomFor(end - start, this.#bytes) && this.#flush())
        this.#bundle.filled(monotonicMs());
      if (!this.#flushesFirst && this.#bundle.hasRoomFor(end - start, this.#bytes)) {
        this.#bundle.add(bytes, start, end);
        this.#flushSoon();
        return;
      }
    }
    const rest: Rest = { bytes, start, end, flags: 0, kept: false, beside, attached: undefined };
    if (this.#flush() && this.#sendRest(rest)) return;
    if (this.#stopped) {
      giveUp(rest);
      return;
    }
    this.#keep(rest);
    this.#rest = rest;
  }

  /** Copies what is left of an item: the bytes are the codec's. Into a buffer that the next item uses again. */
  #keep(rest: Rest): void {
    if (rest.kept) return;
    rest.kept = true;
    const size = rest.end - rest.start;
    if (size > this.#kept.length) this.#kept = new Uint8Array(size);
    const kept = this.#kept;
    kept.set(new Uint8Array(rest.bytes.buffer, rest.bytes.byteOffset + rest.start, size));
    if (size > MAX_KEPT) this.#kept = NOTHING;
    rest.bytes = kept;
    rest.start = 0;
    rest.end = size;
  }

  /** When the source has nothing more at once: behind all that is ready to run now. */
  #flushSoon(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    process.nextTick(this.#flushNow);
  }

  readonly #flushNow = (): void => {
    this.#flushScheduled = false;
    if (!this.#stopped && !this.#flushesFirst && this.#flush()) this.#bundle.shrink();
  };

  /** Sends the bundle. @returns false when it has to wait, or there is nobody to send it to */
  #flush(): boolean {
    const bundle = this.#bundle;
    this.#flushesFirst = false;
    if (bundle.items === 0) return !this.#stopped;
    const { bytes, start, length, items } = bundle;
    const result = this.owner.send(
      items === 1 ? 0 : Flag.several,
      items === 1 ? 0 : items,
      bytes,
      start,
      length,
    );
    if (result === SendResult.full) {
      this.#flushesFirst = true;
      this.#waitForSpace();
      return false;
    }
    if (result === SendResult.closed) {
      this.stop();
      return false;
    }
    this.#bytes -= length - start;
    bundle.clear();
    return true;
  }

  #waitForSpace(): void {
    this.#refused = true;
    this.turns.wait(this);
  }

  /** @returns true when all of it is sent; else it waits for space or credit, or there is nobody to send it to */
  #sendRest(rest: Rest): boolean {
    if (rest.beside !== undefined && !this.#attach(rest, rest.beside)) return this.#finish !== undefined;
    for (;;) {
      const size = Math.min(rest.end - rest.start, this.maxPieceBytes);
      if (size > this.#bytes) return false;
      const last = rest.start + size === rest.end;
      const flags = rest.flags | (last ? 0 : Flag.more);
      const result = this.owner.send(flags, 0, rest.bytes, rest.start, rest.start + size);
      if (result === SendResult.full) {
        this.#waitForSpace();
        return false;
      }
      if (result === SendResult.closed) {
        // Whoever owns the call is told of the end by the connection.
        this.stop();
        return false;
      }
      this.#bytes -= size;
      if (last) {
        // Not before: the receiver opens the table of a whole item, and one that is cut off is nobody's but ours.
        rest.attached?.sent();
        rest.attached = undefined;
        return true;
      }
      rest.start += size;
      rest.flags = 0;
    }
  }

  /**
   * Puts what travels beside an item before it, once its first piece may be sent: what was sent ahead of an item that waits
   * for its reader would take the room of others. @returns false when the item has to wait, or cannot be sent at all
   */
  #attach(rest: Rest, beside: Beside): boolean {
    const size = beside.tableBytes + rest.end - rest.start;
    const cost = itemCost(beside.fds, this.window.items);
    // The reader has to read first.
    if (cost > this.#items || Math.min(size, this.maxPieceBytes) > this.#bytes) return false;
    let attached: Attached | undefined;
    try {
      attached = beside.attach(rest);
    } catch (thrown) {
      const index = this.#index - 1;
      beside.drop();
      rest.beside = undefined;
      this.#ended({ end: () => this.owner.unattachable(index, thrown) });
      return false;
    }
    if (attached === undefined) {
      this.turns.wait(this);
      return false;
    }
    this.#items -= cost;
    rest.beside = undefined;
    rest.attached = attached;
    rest.flags = Flag.attachments;
    rest.kept = false;
    ({ bytes: rest.bytes, start: rest.start, end: rest.end } = attached.body);
    return true;
  }

  #end(): void {
    this.#stopped = true;
    if (this.#rest !== undefined) giveUp(this.#rest);
    this.#rest = undefined;
    this.#bundle.clear();
    this.turns.leave(this);
  }
}

/** An item is not sent after all. */
function giveUp({ beside, attached }: Rest): void {
  beside?.drop();
  attached?.undo();
}
