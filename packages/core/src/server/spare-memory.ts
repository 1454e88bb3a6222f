/** Allocating less than this is no matter. */
const LEAST_BYTES = 64 * 1024;
/** What is kept for copies to come. */
const MOST_BYTES = 4 * 1024 * 1024;
/** A copy takes no piece that is more than so many times as large. */
const MOST_TIMES = 4;

/**
 * Memory for copies of large answers that wait, used again and again: where each has an allocation of its own, the
 * collector is run for every few of them, and all clients wait for it.
 */
export class SpareMemory {
  readonly #spare: ArrayBuffer[] = [];
  #bytes = 0;

  /** A copy of `bytes[start, end)`, which may be given back. */
  copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
    const size = end - start;
    const copy = size < LEAST_BYTES ? new Uint8Array(size) : new Uint8Array(this.#take(size), 0, size);
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, size));
    return copy;
  }

  /** Nobody looks at a copy any more. */
  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    const { byteLength } = buffer;
    if (byteLength < LEAST_BYTES || this.#bytes + byteLength > MOST_BYTES) return;
    this.#spare.push(buffer);
    this.#bytes += byteLength;
  }

  #take(size: number): ArrayBuffer {
    const at = this.#spare.findIndex(
      ({ byteLength }) => byteLength >= size && byteLength <= MOST_TIMES * size,
    );
    const [found] = at < 0 ? [] : this.#spare.splice(at, 1);
    if (found === undefined) return new ArrayBuffer(size);
    this.#bytes -= found.byteLength;
    return found;
  }
}
