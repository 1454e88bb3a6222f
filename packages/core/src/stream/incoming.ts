import type { StreamReader } from '../contract/stream.js';
import { RpcError } from '../errors/rpc-error.js';
import { type Inspector, inspectSymbol, shownAs } from '../observe/inspect.js';
import { Flag } from '../transport/transport.js';
import { forEachInBundle } from './bundle.js';
import { ItemAssembly } from './item-assembly.js';
import { itemCost } from './item-cost.js';

/** What a stream that is read needs from its call. */
export interface IncomingOwner {
  /**
   * Turns an item into a value. {@link ENDED} means that there is none and the owner has ended the stream, a
   * {@link BadItem} that the reader is to come to it first; a promise comes from a schema that judges asynchronously.
   */
  decode(index: number, flags: number, bytes: Uint8Array, start: number, end: number): unknown;
  /** How many descriptors come with an item that has a table, where both sides count them. */
  fdsIn(bytes: Uint8Array, start: number, end: number): number;
  /** What came beside the item that was decoded last; asked for once, where there is any. */
  takeHeld(): Held | undefined;
  /** An item that nobody reads has come, with something beside it. */
  drop(flags: number, bytes: Uint8Array, start: number, end: number): void;
  /** The sender may send so much more. */
  giveBack(bytes: number, items: number): void;
  /** The reader reads no more, and the stream had not ended. */
  left(): void;
}

/** What came beside an item. */
export interface Held {
  /** The item has been handed to the reader. */
  handedOn(): void;
  /** Nobody reads it. */
  discard(): void;
}

/** How much of a stream its receiver is willing to hold unread. */
export interface Window {
  readonly bytes: number;
  readonly items: number;
}

/** What {@link IncomingOwner.decode} answers when it has ended the stream. */
export const ENDED: unique symbol = Symbol('ended');

/** An item that is none: it ends the stream when the reader comes to it, and not before it has had those in front of it. */
export class BadItem {
  /**
   * @param error what the reader is told
   * @param end ends the call that the stream belongs to
   */
  constructor(
    readonly error: RpcError,
    readonly end: () => void,
  ) {}
}

/** Metadata is a call's, and goes with its request and its answer. */
const ITEM_FLAGS = Flag.more | Flag.attachments;

type Result = IteratorResult<unknown, undefined>;
interface Waiter {
  readonly resolve: (result: Result | PromiseLike<Result>) => void;
  readonly reject: (error: unknown) => void;
}
interface Entry {
  readonly value: unknown;
  readonly bytes: number;
  /** Of the sender's credit in items. */
  readonly cost: number;
  readonly held: Held | undefined;
}

const DONE: Result = Object.freeze({ done: true, value: undefined });

/**
 * The receiving end of a stream: puts items together, keeps those that nobody has asked for, hands them to its reader
 * in order, and gives credit back as they are read.
 */
export class IncomingStream {
  readonly reader: StreamReader<unknown> = new Reader(this);
  readonly #assembly: ItemAssembly;
  /** Read from `#first` on. */
  #kept: (Entry | undefined)[] = [];
  #first = 0;
  #waiting: Waiter[] = [];
  #index = 0;
  #inItem = false;
  /** Of the item that is not whole yet: what was not given back. */
  #pieceBytes = 0;
  /** What the sender has used of its credit and was not given back. */
  #usedBytes = 0;
  #usedItems = 0;
  /** Read, and still to be given back. */
  #owedBytes = 0;
  #owedItems = 0;
  #end: { readonly error: RpcError | undefined } | undefined;
  /** Nobody reads what comes from now on: it is counted and dropped. */
  #discards = false;
  /** Behind the items that are kept. */
  #bad: BadItem | undefined;
  /** Something comes beside the item that is coming. */
  #beside = false;

  constructor(
    private readonly owner: IncomingOwner,
    private readonly window: Window,
    maxItemBytes: number,
  ) {
    this.#assembly = new ItemAssembly(maxItemBytes);
  }

  /**
   * An item, a piece of one or a bundle has come.
   * @param items how many a bundle says it has
   * @returns what the sender did wrong with it, if anything
   */
  receive(flags: number, items: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if ((flags & Flag.several) !== 0) return this.#bundle(flags, items, bytes, start, end);
    const size = end - start;
    if ((flags & ~ITEM_FLAGS) !== 0) return `sent an item with the flags ${flags}`;
    const more = (flags & Flag.more) !== 0;
    if (more && size === 0) return 'sent an empty piece of an item';
    this.#usedBytes += size;
    const first = !this.#inItem;
    if (first) this.#usedItems += 1;
    this.#inItem = more;
    if (this.#usedBytes > this.window.bytes || this.#usedItems > this.window.items)
      return 'sent more of a stream than it has credit for';
    if (first) this.#beside = (flags & Flag.attachments) !== 0;
    // What is dropped is only looked at for what came beside it.
    if (this.#discards && !this.#beside) return undefined;
    if (!more && first) {
      return this.#judged(flags, bytes, start, end, size);
    }
    if (!this.#assembly.add(flags, bytes, start, end)) return 'sent an item above the agreed maximum';
    if (more && this.#discards) return undefined;
    this.#pieceBytes += size;
    if (more) {
      this.#readPieces();
      return undefined;
    }
    const { flags: firstFlags, length } = this.#assembly;
    const unread = this.#pieceBytes;
    this.#pieceBytes = 0;
    return this.#judged(firstFlags, this.#assembly.take(), 0, length, unread);
  }

  /** An item is whole, and it shows what it costs. @returns what the sender did wrong with it, if anything */
  #judged(flags: number, bytes: Uint8Array, start: number, end: number, size: number): string | undefined {
    let cost = 1;
    if ((flags & Flag.attachments) !== 0) {
      cost = itemCost(this.owner.fdsIn(bytes, start, end), this.window.items);
      this.#usedItems += cost - 1;
      if (this.#usedItems > this.window.items) return 'sent more of a stream than it has credit for';
    }
    this.#item(flags, bytes, start, end, size, cost);
    return undefined;
  }

  #bundle(flags: number, items: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if (flags !== Flag.several || this.#inItem) return 'sent a bundle of items where there can be none';
    this.#usedBytes += end - start;
    this.#usedItems += items;
    if (this.#usedBytes > this.window.bytes || this.#usedItems > this.window.items)
      return 'sent more of a stream than it has credit for';
    // What a prefix costs is the item's.
    let from = start;
    const found = forEachInBundle(bytes, start, end, (itemStart, itemEnd) => {
      if (!this.#discards) this.#item(0, bytes, itemStart, itemEnd, itemEnd - from, 1);
      from = itemEnd;
    });
    return found === items && items > 1 ? undefined : 'sent a damaged bundle of items';
  }

  /** What is shown of it. */
  get facts(): object {
    return { unread: this.#kept.length - this.#first, ended: this.#end !== undefined };
  }

  /** Whether the sender is in the midst of an item that somebody wants. */
  get inItem(): boolean {
    return this.#inItem && !this.#discards;
  }

  /** There are no more items: the reader is told behind the last. */
  end(): void {
    this.#finish(undefined);
  }

  /** The stream has failed: the reader is told behind the items that it has not read. */
  fail(error: RpcError): void {
    this.#finish(error);
  }

  /** The stream has failed, and what was not read is of no interest any more. */
  abort(error: RpcError): void {
    const unread = this.#first < this.#kept.length || this.#bad !== undefined;
    this.#discard();
    if (this.#end === undefined) this.#finish(error);
    // A reader that has lost items must not take those it had for all.
    else if (unread || this.#end.error !== undefined) this.#end = { error };
  }

  next(): Promise<Result> {
    const entry = this.#kept[this.#first];
    if (entry === undefined) return this.#nextLater();
    this.#kept[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#kept.length) {
      this.#kept = [];
      this.#first = 0;
    }
    handOn(entry.value, entry.held);
    this.#read(entry.bytes, entry.cost);
    this.#readPieces();
    return this.#resultOf(entry.value);
  }

  /** The reader leaves. */
  leave(): void {
    const told = this.#end !== undefined || this.#bad !== undefined;
    this.#discard();
    this.#end = { error: undefined };
    this.#wakeAll();
    if (!told) this.owner.left();
  }

  #nextLater(): Promise<Result> {
    if (this.#bad !== undefined) return this.#meet(this.#bad);
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting.push({ resolve, reject });
      });
    }
    const { error } = this.#end;
    // Told once: an iterator that has failed is done.
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve(DONE) : Promise.reject(error);
  }

  #item(flags: number, bytes: Uint8Array, start: number, end: number, size: number, cost: number): void {
    if (this.#discards) {
      this.owner.drop(flags, bytes, start, end);
      return;
    }
    const value = this.owner.decode(this.#index, flags, bytes, start, end);
    if (value === ENDED) return;
    if (value instanceof BadItem) {
      this.#breakOff(value);
      return;
    }
    // It may fail before anybody reads it.
    if (value instanceof Promise) value.catch(() => {});
    this.#index += 1;
    const held = (flags & Flag.attachments) === 0 ? undefined : this.owner.takeHeld();
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#kept.push({ value, bytes: size, cost, held });
      return;
    }
    handOn(value, held);
    this.#read(size, cost);
    waiter.resolve(value instanceof Promise ? this.#resultOf(value) : { done: false, value });
  }

  /** Takes no more items, and has the reader told behind those that are kept. */
  #breakOff(bad: BadItem): void {
    this.#discards = true;
    this.#bad = bad;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.owner.left();
    else this.#meet(bad).catch(waiter.reject);
  }

  /** The reader has come to an item that is none. */
  #meet({ error, end }: BadItem): Promise<never> {
    this.#discard();
    // It is told here.
    this.#end = { error: undefined };
    this.#wakeAll();
    end();
    return Promise.reject(error);
  }

  #resultOf(value: unknown): Promise<Result> {
    if (!(value instanceof Promise)) return Promise.resolve({ done: false, value });
    return value.then((judged: unknown) =>
      judged instanceof BadItem ? this.#metLater(judged) : { done: false, value: judged },
    );
  }

  /** The same, when the stream may have ended while the item was judged. */
  #metLater(bad: BadItem): Promise<Result> {
    return this.#discards && this.#bad === undefined ? this.#nextLater() : this.#meet(bad);
  }

  /**
   * The rest of an item above the window comes only when there is credit for it. It is given as soon as no other item is
   * kept, not before: else a reader that has stopped would hold as many items of any size as its window has items.
   */
  #readPieces(): void {
    if (this.#kept.length > 0 || this.#pieceBytes === 0) return;
    const bytes = this.#pieceBytes;
    this.#pieceBytes = 0;
    this.#read(bytes, 0);
  }

  /** Counts what was read, and gives it back when it is worth a record. */
  #read(bytes: number, items: number): void {
    this.#owedBytes += bytes;
    this.#owedItems += items;
    const { window } = this;
    if (this.#owedBytes < window.bytes >> 1 && this.#owedItems < Math.max(1, window.items >> 1)) return;
    if (this.#end !== undefined || this.#discards) return;
    this.#usedBytes -= this.#owedBytes;
    this.#usedItems -= this.#owedItems;
    this.owner.giveBack(this.#owedBytes, this.#owedItems);
    this.#owedBytes = this.#owedItems = 0;
  }

  #finish(error: RpcError | undefined): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#wakeAll();
  }

  /** Nobody waits for an item that comes no more; only the first is told of the error. */
  #wakeAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve, reject } of waiting) this.#nextLater().then(resolve, reject);
  }

  #discard(): void {
    this.#discards = true;
    this.#bad = undefined;
    for (const entry of this.#kept) entry?.held?.discard();
    this.#kept = [];
    this.#first = 0;
    // The beginning of an item says what came beside it: its sender may have sent the rest before it is told.
    if (!this.#inItem || !this.#beside) this.#assembly.drop();
  }
}

/** An item goes to its reader, and with it what came beside it; one that is still judged, if it passes. */
function handOn(value: unknown, held: Held | undefined): void {
  if (held === undefined) return;
  if (value instanceof Promise)
    value.then(
      (judged: unknown) => (judged instanceof BadItem ? held.discard() : held.handedOn()),
      () => held.discard(),
    );
  else held.handedOn();
}

/** What the user has of an incoming stream. */
class Reader implements StreamReader<unknown> {
  readonly #stream: IncomingStream;

  constructor(stream: IncomingStream) {
    this.#stream = stream;
  }

  next(): Promise<Result> {
    return this.#stream.next();
  }

  async return(): Promise<Result> {
    this.#stream.leave();
    return DONE;
  }

  async throw(error?: unknown): Promise<Result> {
    this.#stream.leave();
    throw error ?? new RpcError('CANCELLED', 'the reader of a stream has left');
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.leave();
  }

  [inspectSymbol](...shown: Parameters<Inspector>): string {
    return shownAs('DoorcallStream', () => this.#stream.facts)(...shown);
  }
}
