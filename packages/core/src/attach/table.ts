import { MAX_ATTACHMENTS } from '../codec/attachments.js';
import type { Encoded } from '../codec/codec.js';
import type { AttachmentKind } from '../contract/attachments.js';
import { RpcError } from '../errors/rpc-error.js';
import type { BlobPlace } from '../transport/transport.js';

/** One line of a message's table of attachments, as docs/protocol.md has it. */
export type Entry =
  | ({ readonly kind: 'blob' } & BlobPlace)
  | { readonly kind: 'fd' }
  /** `service`: the fingerprint of what it serves. */
  | { readonly kind: 'door'; readonly door: number; readonly service: string };

/** A table, and where the body behind it begins. */
export interface Table {
  readonly entries: readonly Entry[];
  /** Names the socket message that brings the descriptors; 0 when there are none. */
  readonly ticket: number;
  readonly fds: number;
  readonly bodyStart: number;
}

const HEAD_BYTES = 8;
const ENTRY_BYTES = 32;
const NUMBERS: Readonly<Record<AttachmentKind, number>> = { blob: 1, fd: 2, door: 3 };

/** Where the fingerprint of a door's service stands in its entry, and how long it is. */
const FINGERPRINT_AT = 8;
const FINGERPRINT_BYTES = 16;

const HALF = 2 ** 32;
/** Of a number that is exact, the upper half is at most this. */
const MOST_UPPER = 2 ** 21 - 1;

/** Memory that messages are written into. */
interface Page {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

const PAGE_BYTES = 4096;
/** A larger one is given up after its message. */
const MOST_KEPT_BYTES = 1024 * 1024;
/** Up to here a loop copies faster than the call of a function does. */
const FEW_BYTES = 64;

/** For the next message; undefined while one is being written, in which code may run that writes another. */
let kept: Page | undefined;

/** A page that nobody else writes to until it is kept again. */
function takePage(bytes: number): Page {
  const page = kept;
  kept = undefined;
  if (page !== undefined && page.bytes.length >= bytes) return page;
  const buffer = new ArrayBuffer(Math.max(bytes, PAGE_BYTES));
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}

/** How long a table of so many entries is. */
export function tableBytes(entries: number): number {
  return HEAD_BYTES + entries * ENTRY_BYTES;
}

/** How many descriptors a table says that it has; a damaged one has none. */
export function fdsOfTable(bytes: Uint8Array, start: number, end: number): number {
  return end - start < HEAD_BYTES ? 0 : (bytes[start + 2] as number) | ((bytes[start + 3] as number) << 8);
}

/** Writes a message of which the table comes first, entry by entry. */
export class TableWriter {
  readonly #page: Page;
  readonly #end: number;
  #at = HEAD_BYTES;
  #fds = 0;

  /** The body is copied at once: it is the codec's. */
  constructor(entries: number, { bytes, start, end }: Encoded) {
    const table = tableBytes(entries);
    const size = end - start;
    this.#end = table + size;
    this.#page = takePage(this.#end);
    const message = this.#page.bytes;
    if (size > FEW_BYTES) message.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, size), table);
    else for (let i = 0; i < size; i++) message[table + i] = bytes[start + i] as number;
    message.fill(0, 0, table);
    this.#page.view.setUint16(0, entries, true);
  }

  blob({ segment, slot, offset, length }: BlobPlace): void {
    const { view } = this.#page;
    const at = this.#next(NUMBERS.blob);
    view.setUint32(at + 4, segment, true);
    view.setUint32(at + 8, slot, true);
    writeLong(view, at + 16, offset);
    writeLong(view, at + 24, length);
  }

  fd(): void {
    this.#next(NUMBERS.fd);
    this.#fds += 1;
  }

  /** @param service the fingerprint of what it serves */
  door(door: number, service: string): void {
    const { view } = this.#page;
    const at = this.#next(NUMBERS.door);
    view.setUint32(at + 4, door, true);
    fingerprintAt(view, at).write(service, 'hex');
  }

  /** The message, once it has all its entries. Its memory is reused by the next one that has a table. */
  finish(ticket: number): Encoded {
    const { bytes, view } = this.#page;
    view.setUint16(2, this.#fds, true);
    view.setUint32(4, ticket, true);
    if (bytes.length <= MOST_KEPT_BYTES) kept = this.#page;
    return { bytes, start: 0, end: this.#end };
  }

  /** @returns where the next entry is */
  #next(kind: number): number {
    const at = this.#at;
    this.#at += ENTRY_BYTES;
    this.#page.view.setUint8(at, kind);
    return at;
  }
}

/** @throws RpcError INTERNAL when it is damaged: the other side has broken the protocol. */
export function readTable(bytes: Uint8Array, start: number, end: number): Table {
  if (end - start < HEAD_BYTES) throw damaged('is cut short');
  const view = viewOf(bytes.buffer);
  const first = bytes.byteOffset + start;
  const count = view.getUint16(first, true);
  const fds = view.getUint16(first + 2, true);
  const ticket = view.getUint32(first + 4, true);
  const table = tableBytes(count);
  if (count === 0 || count > MAX_ATTACHMENTS || table > end - start) throw damaged(`has ${count} entries`);
  const entries: Entry[] = [];
  let named = 0;
  for (let at = HEAD_BYTES; at < table; at += ENTRY_BYTES) {
    const entry = readEntry(view, first + at);
    if (entry.kind === 'fd') named += 1;
    entries.push(entry);
  }
  if (named !== fds || (fds === 0) !== (ticket === 0))
    throw damaged('has not as many descriptors as it says');
  return { entries, ticket, fds, bodyStart: start + table };
}

function readEntry(view: DataView, at: number): Entry {
  switch (view.getUint8(at)) {
    case NUMBERS.blob:
      return {
        kind: 'blob',
        segment: view.getUint32(at + 4, true),
        slot: view.getUint32(at + 8, true),
        offset: readLong(view, at + 16),
        length: readLong(view, at + 24),
      };
    case NUMBERS.fd:
      return { kind: 'fd' };
    case NUMBERS.door:
      return {
        kind: 'door',
        door: view.getUint32(at + 4, true),
        service: fingerprintAt(view, at).toString('hex'),
      };
    default:
      throw damaged('has an entry of an unknown kind');
  }
}

/** Of the memory that the last table was in: most come in the same, and a view costs more than to read a table. */
let lastView: DataView = new DataView(new ArrayBuffer(0));

function viewOf(buffer: ArrayBufferLike): DataView {
  if (lastView.buffer === buffer) return lastView;
  const view = new DataView(buffer);
  if (buffer.byteLength <= MOST_KEPT_BYTES) lastView = view;
  return view;
}

/** The fingerprint within the entry of a door. */
function fingerprintAt({ buffer }: DataView, entry: number): Buffer {
  return Buffer.from(buffer, entry + FINGERPRINT_AT, FINGERPRINT_BYTES);
}

// 64 bits in two halves: a BigInt is an object that has to be collected.

function writeLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % HALF, true);
  view.setUint32(at + 4, value / HALF, true);
}

function readLong(view: DataView, at: number): number {
  const upper = view.getUint32(at + 4, true);
  if (upper > MOST_UPPER) throw damaged('has a number out of range');
  return upper * HALF + view.getUint32(at, true);
}

function damaged(what: string): RpcError {
  return new RpcError('INTERNAL', `a table of attachments ${what}`, { origin: 'transport' });
}
