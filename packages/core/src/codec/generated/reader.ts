import type { AttachmentKind } from '../../contract/attachments.js';
import type { IncomingAttachments } from '../attachments.js';
import { type Attached, Beside } from './beside.js';
import { reject } from './failure.js';
import { isWide, MAX_WIDE_KEYS, Num, Text } from './format.js';
import { shortText } from './short-text.js';

const NOTHING = new Uint8Array(0);
const NO_VIEW = new DataView(NOTHING.buffer);
const { latin1Slice, utf8Slice, ucs2Slice } = Buffer.prototype as unknown as Record<
  'latin1Slice' | 'utf8Slice' | 'ucs2Slice',
  (this: Uint8Array, start: number, end: number) => string
>;
/** Up to here characters are read one by one, which is faster than a call into the runtime. */
const SHORT_TEXT = 16;

const MAX_KEPT_BYTES = 1024 * 1024;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/**
 * Reads values in the format of generated codecs. Nothing beyond `end` is looked at; whatever does not fit ends with
 * `reject`. A size that says how many items follow is never larger than the bytes that are left, so that nothing is
 * allocated that was not sent.
 */
export class Reader {
  bytes: Uint8Array = NOTHING;
  position = 0;
  end = 0;
  /** Items that may still be announced: each has a byte of its own somewhere. */
  #items = 0;
  /** Members of sets and keys of maps that are large integers, which all have one hash. */
  #wideKeys = 0;
  /** A message is being read: code of a contract may read another one meanwhile. */
  busy = false;
  #view: DataView = NO_VIEW;
  #plain: Uint8Array = NOTHING;
  #beside: Beside | undefined;

  /** @param incoming what came beside the message, if anything did */
  begin(bytes: Uint8Array, start: number, end: number, incoming?: IncomingAttachments): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#items = end - start;
    this.#wideKeys = 0;
    this.#beside = incoming === undefined ? undefined : new Beside(incoming);
  }

  /** Lets go of a message's memory. What small messages come in is looked at again soon. */
  finish(): void {
    this.bytes = NOTHING;
    this.#beside = undefined;
    if (this.#view.byteLength > MAX_KEPT_BYTES) this.#view = NO_VIEW;
    if (this.#plain.length > MAX_KEPT_BYTES) this.#plain = NOTHING;
  }

  byte(): number {
    const { position } = this;
    if (position >= this.end) reject();
    this.position = position + 1;
    return this.bytes[position] as number;
  }

  /** A length or an index. */
  count(): number {
    const first = this.byte();
    return first < 0x80 ? first : this.#longCount(first);
  }

  /**
   * How many items follow. Each takes at least one byte, and no byte is two items': so all sizes of a message
   * together are no larger than it, however deep one stands in another.
   */
  size(): number {
    const size = this.count();
    if (size > this.end - this.position || size > this.#items) reject();
    this.#items -= size;
    return size;
  }

  /** Looks at a member of a set or a key of a map before it becomes one. @returns it */
  key<Key>(key: Key): Key {
    if (typeof key === 'bigint' && isWide(key)) {
      this.#wideKeys += 1;
      if (this.#wideKeys > MAX_WIDE_KEYS) reject();
    }
    return key;
  }

  bool(): boolean {
    const byte = this.byte();
    if (byte > 1) reject();
    return byte === 1;
  }

  num(): number {
    const { position } = this;
    if (position >= this.end) reject();
    const first = this.bytes[position] as number;
    this.position = position + 1;
    return first < Num.limit ? first : this.#largeNumber(first);
  }

  str(): string {
    const head = this.count();
    const size = head >>> 2;
    const { bytes, position } = this;
    const end = position + size;
    if (end > this.end) reject();
    this.position = end;
    if ((head & 3) === Text.latin1) {
      return size <= SHORT_TEXT ? shortText(bytes, position, size) : latin1Slice.call(bytes, position, end);
    }
    if ((head & 3) === Text.utf8) return utf8Slice.call(bytes, position, end);
    if ((head & 3) !== Text.utf16 || (size & 1) === 1) reject();
    return ucs2Slice.call(bytes, position, end);
  }

  bigint(): bigint {
    const head = this.byte();
    if (head === 8) {
      this.#take(8);
      return this.#viewOf().getBigInt64(this.#viewPosition(8), true);
    }
    if (head > 1) reject();
    const size = this.size();
    const start = this.position;
    this.#take(size);
    if (size === 0) reject();
    const magnitude = BigInt(`0x${Buffer.from(this.bytes.subarray(start, start + size)).toString('hex')}`);
    return head === 1 ? -magnitude : magnitude;
  }

  date(): Date {
    const form = this.byte();
    if (form === 0) return new Date(this.#float());
    if (form !== 1) reject();
    return new Date(this.#uint32() * 1000);
  }

  /** A copy of its own. */
  blob(): Uint8Array {
    const size = this.size();
    const start = this.position;
    this.#take(size);
    return this.#plainOf().slice(this.bytes.byteOffset + start, this.bytes.byteOffset + start + size);
  }

  /** What travels beside the message. @param schema of a door */
  attachment(kind: AttachmentKind, schema?: unknown): Attached {
    if (this.#beside === undefined) reject();
    return this.#beside.take(this.count(), kind, schema) as Attached;
  }

  /** Shifts, not powers: a position that was a float once stays one, and costs a fifth of all reading. */
  #longCount(first: number): number {
    let value = first & 0x7f;
    for (let shift = 7; shift <= 28; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 7) reject();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return reject();
  }

  #largeNumber(first: number): number {
    if (first < Num.limit + Num.negatives) return Num.limit - 1 - first;
    switch (first) {
      case Num.uint8:
        return this.byte();
      case Num.uint16:
        return this.#uint16();
      case Num.uint32:
        return this.#uint32();
      case Num.int8:
        return (this.byte() << 24) >> 24;
      case Num.int16:
        return (this.#uint16() << 16) >> 16;
      case Num.int32:
        return this.#uint32() | 0;
      case Num.float32:
        this.#take(4);
        return this.#viewOf().getFloat32(this.#viewPosition(4), true);
      case Num.float64:
        return this.#float();
      default:
        return reject();
    }
  }

  #uint16(): number {
    const { bytes, position } = this;
    this.#take(2);
    return (bytes[position] as number) | ((bytes[position + 1] as number) << 8);
  }

  #uint32(): number {
    const { bytes, position } = this;
    this.#take(4);
    return (
      ((bytes[position] as number) |
        ((bytes[position + 1] as number) << 8) |
        ((bytes[position + 2] as number) << 16) |
        ((bytes[position + 3] as number) << 24)) >>>
      0
    );
  }

  #float(): number {
    const { bytes, position } = this;
    this.#take(8);
    for (let i = 0; i < 8; i++) floatBytes[i] = bytes[position + i] as number;
    return float[0] as number;
  }

  #take(bytes: number): void {
    if (bytes > this.end - this.position) reject();
    this.position += bytes;
  }

  /** A view of the whole memory: messages come in few buffers, so it is seldom made. */
  #viewOf(): DataView {
    if (this.#view.buffer !== this.bytes.buffer) this.#view = new DataView(this.bytes.buffer);
    return this.#view;
  }

  /** The whole memory as plain bytes: a slice of a Buffer would be a view of it. */
  #plainOf(): Uint8Array {
    if (this.#plain.buffer !== this.bytes.buffer) this.#plain = new Uint8Array(this.bytes.buffer);
    return this.#plain;
  }

  /** Where in the view the last `taken` bytes begin. */
  #viewPosition(taken: number): number {
    return this.bytes.byteOffset + this.position - taken;
  }
}
