/**
 * The bytes of one message, alone in memory of their own.
 *
 * The library reads beyond the end of a damaged message before it notices, and a hostile one can make it jump. In
 * a buffer that holds other messages that would show them; here there is nothing else to see.
 */
export class MessageBytes extends Uint8Array {
  /** Slices, which become the byte arrays of decoded values, are plain Uint8Arrays. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array;
  }

  /** The library looks for its view here, and would add the property itself. */
  readonly dataView = new DataView(this.buffer, this.byteOffset, this.byteLength);

  /**
   * The library hands long strings to a TextDecoder, which swallows a byte order mark at their beginning. A second
   * mark in front saves the first.
   */
  override subarray(begin = 0, end = this.length): Uint8Array<ArrayBuffer> {
    const bytes = super.subarray(begin, end) as Uint8Array<ArrayBuffer>;
    if (!startsWithMark(bytes) || !this.#isString(begin, bytes.length)) return bytes;
    const twice = new Uint8Array(MARK.length + bytes.length);
    twice.set(MARK);
    twice.set(bytes, MARK.length);
    return twice;
  }

  /** Whether a string's header stands right before: 8, 16 or 32 bits of length behind their token. */
  #isString(begin: number, length: number): boolean {
    return (
      (this[begin - 2] === 0xd9 && this[begin - 1] === length) ||
      (this[begin - 3] === 0xda && this.dataView.getUint16(begin - 2) === length) ||
      (this[begin - 5] === 0xdb && this.dataView.getUint32(begin - 4) === length)
    );
  }
}

const MARK = [0xef, 0xbb, 0xbf] as const;

function startsWithMark(bytes: Uint8Array): boolean {
  return bytes[0] === MARK[0] && bytes[1] === MARK[1] && bytes[2] === MARK[2];
}

// Reads ASCII strings fast; the library uses it where it finds it.
Object.defineProperty(MessageBytes.prototype, 'latin1Slice', { value: Buffer.prototype.latin1Slice });

/** Messages up to here are copied into an array that is kept for their length; larger ones are viewed in place. */
const MAX_KEPT = 1024;
const kept: MessageBytes[] = [];

/** `bytes[start, end)` alone; valid until the next call. */
export function isolate(bytes: Uint8Array, start: number, end: number): MessageBytes {
  const length = end - start;
  if (length > MAX_KEPT) {
    return new MessageBytes(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, length);
  }
  kept[length] ??= new MessageBytes(length);
  const message = kept[length];
  if (length <= 64) for (let i = 0; i < length; i++) message[i] = bytes[start + i] as number;
  else message.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length));
  return message;
}
