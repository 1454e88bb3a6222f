const PREFIX_BYTES = 4;
/** Items up to here are worth a bundle: sending one costs about as much as encoding so many bytes. */
const MOST_ITEM_BYTES = 1024;
/** Of a source that has just begun, or has nothing more at once: its reader is not to wait for a larger one. */
const LEAST_BYTES = 4096;
/** Of a source that always has more. Waking a reader that is faster costs more than encoding a few kilobytes. */
const MOST_BYTES = 16_384;
/** Of a source that fills a record within this time: one that computes for long would have its reader wait for a larger one. */
const QUICK_MS = 1;

/**
 * Small items of a stream that go in one record, each behind its length (u32). A source that is ahead of its reader pays
 * for a record, and for waking the reader, once for many items.
 */
export class Bundle {
  items = 0;
  length = 0;
  #limit = LEAST_BYTES;
  /** When it began, or was full last. */
  #sinceMs: number;
  #buffer: Uint8Array | undefined;
  #view!: DataView;

  /**
   * @param maxBytes the largest payload of a record
   * @param nowMs of any monotonic clock
   */
  constructor(
    private readonly maxBytes: number,
    nowMs: number,
  ) {
    this.#sinceMs = nowMs;
  }

  /** Whether an item of that size belongs into a bundle at all. */
  takes(size: number): boolean {
    return size <= MOST_ITEM_BYTES && PREFIX_BYTES + size <= this.maxBytes;
  }

  /** @param credit what the record may have, in bytes */
  hasRoomFor(size: number, credit: number): boolean {
    return this.length + PREFIX_BYTES + size <= Math.min(this.#limit, this.maxBytes, credit);
  }

  /** It was filled before the source paused: the next one may be larger. */
  filled(nowMs: number): void {
    this.#limit = nowMs - this.#sinceMs < QUICK_MS ? Math.min(this.#limit * 2, MOST_BYTES) : LEAST_BYTES;
    this.#sinceMs = nowMs;
  }

  /** The source has paused. */
  shrink(): void {
    this.#limit = LEAST_BYTES;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    const most = Math.min(this.#limit, this.maxBytes);
    if (this.#buffer === undefined || (this.items === 0 && this.#buffer.length < most)) {
      this.#buffer = new Uint8Array(most);
      this.#view = new DataView(this.#buffer.buffer);
    }
    this.#view.setUint32(this.length, end - start, true);
    this.length += PREFIX_BYTES;
    this.#buffer.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start), this.length);
    this.length += end - start;
    this.items += 1;
  }

  /** The payload, from {@link start} to `length`. */
  get bytes(): Uint8Array {
    return this.#buffer as Uint8Array;
  }

  /** A single item goes as it is. */
  get start(): number {
    return this.items === 1 ? PREFIX_BYTES : 0;
  }

  clear(): void {
    this.items = 0;
    this.length = 0;
  }
}

/**
 * Walks the items of a bundle.
 * @returns how many there are; -1 when it is damaged, after those before the damage
 */
export function forEachInBundle(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (start: number, end: number) => void,
): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let items = 0;
  for (let at = start; at < end; items += 1) {
    if (end - at < PREFIX_BYTES) return -1;
    const size = view.getUint32(at, true);
    const from = at + PREFIX_BYTES;
    if (size > end - from) return -1;
    visit(from, from + size);
    at = from + size;
  }
  return items;
}
