const NOTHING = new Uint8Array(0);
/** A larger buffer is given up after the item that needed it. */
const MAX_KEPT = 1024 * 1024;

/** Puts the pieces of an item together, in a buffer that the next item uses again. */
export class ItemAssembly {
  /** Flags of the item's first piece. */
  flags = 0;
  length = 0;
  #buffer = NOTHING;
  /** Some of an item's pieces are here. */
  #begun = false;

  constructor(private readonly maxBytes: number) {}

  /** @returns false when the item becomes longer than allowed */
  add(flags: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#begun) {
      this.#begun = true;
      this.flags = flags;
      this.length = 0;
    }
    const length = this.length + end - start;
    if (length > this.maxBytes) return false;
    if (length > this.#buffer.length) this.#grow(length);
    this.#buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start), this.length);
    this.length = length;
    return true;
  }

  /** The item is whole. @returns its bytes, from 0 to `length`; valid until the next piece */
  take(): Uint8Array {
    this.#begun = false;
    const buffer = this.#buffer;
    if (buffer.length > MAX_KEPT) this.#buffer = NOTHING;
    return buffer;
  }

  /** What has come of an item is of no use. */
  drop(): void {
    this.#begun = false;
    this.#buffer = NOTHING;
  }

  #grow(length: number): void {
    // Four times: an item of a few pieces is moved once.
    const grown = new Uint8Array(Math.min(Math.max(length * 4, 4096), this.maxBytes));
    grown.set(this.#buffer.subarray(0, this.length));
    this.#buffer = grown;
  }
}
