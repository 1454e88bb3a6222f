import { type AttachmentKind, attachmentSchemaOf, canBeSentAs } from '../../contract/attachments.js';
import { otherDoor } from '../../contract/door-service.js';
import { MAX_ATTACHMENTS, type OutgoingAttachment } from '../attachments.js';
import { LargeBuffer } from '../large-buffer.js';
import type { Attached } from './beside.js';
import { bail } from './failure.js';
import { isWide, MAX_WIDE_KEYS, Num, Text } from './format.js';

const FIRST_BYTES = 8 * 1024;
/** Up to here a loop is faster than a call into the runtime. */
const SHORT_TEXT = 32;
const LARGE_TEXT = 4096;
const MAX_UINT32 = 0xffffffff;
const MAX_COUNT = 0x7fffffff;

/** What the runtime's buffers can do besides what their types say. */
type TextBuffer = Buffer & Record<'utf8Write' | 'ucs2Write', (text: string, at: number) => number>;

const float = new Float64Array(1);
const floatBytes = new Uint8Array(float.buffer);

/**
 * Writes values in the format of generated codecs (docs/codegen-format.md). Every method takes a value of unknown
 * type, gives up with `bail` when it is another one (what a schema accepts beyond that is zod's to say) and returns it.
 */
export class Writer {
  bytes = Buffer.allocUnsafeSlow(FIRST_BYTES) as TextBuffer;
  view = viewOf(this.bytes);
  position = 0;
  readonly #large = new LargeBuffer();
  #wideKeys = 0;
  /** A message is being written: a getter of a value may start another one meanwhile. */
  busy = false;

  /** What goes beside the message. */
  attachments: OutgoingAttachment[] | undefined;

  begin(): void {
    // What the last message has needed: it is sent by now.
    if (this.#large.givenUp(this.bytes.length, this.position)) this.#use(Buffer.allocUnsafeSlow(FIRST_BYTES));
    this.position = 0;
    this.attachments = undefined;
    this.#wideKeys = 0;
  }

  /** Makes sure that so many bytes can be written. */
  room(bytes: number): void {
    if (this.position + bytes > this.bytes.length) this.#grow(bytes);
  }

  byte(value: number): void {
    this.room(1);
    this.bytes[this.position++] = value;
  }

  /** A length or an index, below 2^31: LEB128, at most 5 bytes. */
  count(value: number): void {
    if (value > MAX_COUNT) bail();
    this.room(5);
    const { bytes } = this;
    let rest = value;
    while (rest > 0x7f) {
      bytes[this.position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.position++] = rest;
  }

  /** Looks at a member of a set or a key of a map: there are no more than a reader takes. @returns it */
  key<Key>(key: Key): Key {
    if (typeof key === 'bigint' && isWide(key)) {
      this.#wideKeys += 1;
      if (this.#wideKeys > MAX_WIDE_KEYS) bail();
    }
    return key;
  }

  bool(value: unknown): boolean {
    if (typeof value !== 'boolean') bail();
    this.byte(value ? 1 : 0);
    return value;
  }

  num(value: unknown): number {
    if (typeof value !== 'number') bail();
    if (value > 0 && value < Num.limit && (value | 0) === value) {
      this.room(1);
      this.bytes[this.position++] = value;
    } else {
      this.#largeNumber(value);
    }
    return value;
  }

  str(value: unknown): string {
    if (typeof value !== 'string') bail();
    const { length } = value;
    // Three bytes for each unit are too many by far for large texts, and would not be kept.
    this.room((length > LARGE_TEXT ? Buffer.byteLength(value) : length * 3) + 5);
    if (length > SHORT_TEXT) {
      this.#longText(value);
      return value;
    }
    const { bytes, position } = this;
    let at = position + (length < 32 ? 1 : 2);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0xff) {
        this.#longText(value);
        return value;
      }
      bytes[at++] = unit;
    }
    if (length < 32) {
      bytes[position] = length << 2;
    } else {
      bytes[position] = ((length << 2) & 0x7f) | 0x80;
      bytes[position + 1] = length >> 5;
    }
    this.position = at;
    return value;
  }

  bigint(value: unknown): bigint {
    if (typeof value !== 'bigint') bail();
    if (!isWide(value)) {
      this.room(9);
      this.bytes[this.position++] = 8;
      this.view.setBigInt64(this.position, value, true);
      this.position += 8;
      return value;
    }
    const negative = value < 0n;
    let hex = (negative ? -value : value).toString(16);
    if (hex.length & 1) hex = `0${hex}`;
    const magnitude = Buffer.from(hex, 'hex');
    this.byte(negative ? 1 : 0);
    this.count(magnitude.length);
    this.raw(magnitude);
    return value;
  }

  date(value: unknown): Date {
    if (!(value instanceof Date) || Object.getPrototypeOf(value) !== Date.prototype) bail();
    const ms = value.getTime();
    const seconds = ms / 1000;
    this.room(9);
    if (seconds >= 0 && seconds <= MAX_UINT32 && Math.floor(seconds) === seconds) {
      this.bytes[this.position++] = 1;
      this.view.setUint32(this.position, seconds, true);
      this.position += 4;
    } else {
      this.bytes[this.position++] = 0;
      this.#float(ms);
    }
    return value;
  }

  /** A Uint8Array. */
  blob(value: unknown): Uint8Array {
    if (!(value instanceof Uint8Array)) bail();
    this.count(value.length);
    this.raw(value);
    return value;
  }

  /** A blob, a descriptor or a door: the message has its index. @param schema of a door */
  attach(kind: AttachmentKind, value: unknown, schema?: unknown): Attached {
    this.attachments ??= [];
    const { attachments } = this;
    if (!canBeSentAs(kind, value) || attachments.length === MAX_ATTACHMENTS) bail();
    if (kind === 'door') {
      // Without its service (older code) it goes the other way, where that is known.
      const service = attachmentSchemaOf(schema)?.service?.();
      if (service === undefined || otherDoor(value, service) !== undefined) bail();
    }
    this.count(attachments.length);
    attachments.push({ kind, value });
    return value as Attached;
  }

  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.bytes.set(bytes, this.position);
    this.position += bytes.length;
  }

  #largeNumber(value: number): void {
    this.room(9);
    const { bytes, view, position } = this;
    if (value === 0) {
      if (Object.is(value, -0)) {
        bytes[position] = Num.float64;
        this.position += 1;
        this.#float(value);
      } else {
        bytes[position] = 0;
        this.position += 1;
      }
    } else if (value > 0 && value <= MAX_UINT32 && value >>> 0 === value) {
      if (value < 0x100) {
        bytes[position] = Num.uint8;
        bytes[position + 1] = value;
        this.position += 2;
      } else if (value < 0x10000) {
        bytes[position] = Num.uint16;
        bytes[position + 1] = value;
        bytes[position + 2] = value >>> 8;
        this.position += 3;
      } else {
        bytes[position] = Num.uint32;
        view.setUint32(position + 1, value, true);
        this.position += 5;
      }
    } else if (value < 0 && (value | 0) === value) {
      if (value >= -Num.negatives) {
        bytes[position] = Num.limit - 1 - value;
        this.position += 1;
      } else if (value >= -0x80) {
        bytes[position] = Num.int8;
        bytes[position + 1] = value;
        this.position += 2;
      } else if (value >= -0x8000) {
        bytes[position] = Num.int16;
        view.setInt16(position + 1, value, true);
        this.position += 3;
      } else {
        bytes[position] = Num.int32;
        view.setInt32(position + 1, value, true);
        this.position += 5;
      }
    } else if (Math.fround(value) === value) {
      bytes[position] = Num.float32;
      view.setFloat32(position + 1, value, true);
      this.position += 5;
    } else {
      bytes[position] = Num.float64;
      this.position += 1;
      this.#float(value);
    }
  }

  #float(value: number): void {
    const { bytes, position } = this;
    float[0] = value;
    for (let i = 0; i < 8; i++) bytes[position + i] = floatBytes[i] as number;
    this.position = position + 8;
  }

  /**
   * As UTF-8, which is what the runtime writes fastest; said to be Latin-1 when it is ASCII. As UTF-16 where that is
   * no longer (it is read much faster), and where only that keeps the text: with lone surrogates.
   */
  #longText(value: string): void {
    const { position } = this;
    const { length } = value;
    const headBytes = countBytes(length << 2);
    let { bytes } = this;
    let size = bytes.utf8Write(value, position + headBytes);
    let form: number = Text.latin1;
    if (size !== length) {
      form = Text.utf8;
      if (size >= length * 2 || hasLoneSurrogate(value, bytes, position + headBytes, size)) {
        form = Text.utf16;
        this.room(length * 2 + 5);
        ({ bytes } = this);
        size = bytes.ucs2Write(value, position + headBytes);
      }
      const needed = countBytes(size << 2);
      if (needed !== headBytes)
        bytes.copyWithin(position + needed, position + headBytes, position + headBytes + size);
    }
    this.count(size * 4 + form);
    this.position += size;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.position + bytes));
    larger.set(this.bytes.subarray(0, this.position));
    this.#use(larger);
  }

  #use(bytes: Buffer): void {
    this.bytes = bytes as TextBuffer;
    this.view = viewOf(bytes);
  }
}

/** What becomes of a lone surrogate in UTF-8. */
const REPLACEMENT = Buffer.from('\ufffd');

/** Looks at the bytes first, where the runtime searches ten times as fast as it looks through the text. */
function hasLoneSurrogate(text: string, bytes: Buffer, start: number, size: number): boolean {
  if (bytes.subarray(start, start + size).indexOf(REPLACEMENT) < 0) return false;
  return !(text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Bytes of a count. */
function countBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
