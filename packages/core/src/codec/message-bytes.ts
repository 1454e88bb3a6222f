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
