const INDEX_BITS = 20;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
/** Entries that a table has room for. */
export const MOST_SLOTS = INDEX_MASK;
const GENERATION_MASK = (1 << 10) - 1;
/** Ids of calls that a server makes have this bit set. All stay below 2^31, which JavaScript keeps without an allocation. */
export const SERVER_IDS = 1 << 30;

/**
 * Calls that the server has yet to answer, by call id. An id is a slot's index and its generation, which changes
 * with every use. A slot is free again only when its answer has come, so a late answer meets either the call it
 * belongs to or a mark that nobody waits any more, never another call.
 */
export class SlotTable<Entry> {
  // Slot 0 is never used: an id of 0 is what messages have that belong to no call.
  readonly #entries: (Entry | undefined)[] = [undefined];
  readonly #ids: number[] = [0];
  readonly #free: number[] = [];

  /** Slots whose answer has not come, abandoned ones included. */
  inUse = 0;

  /** @param base 0, or {@link SERVER_IDS} */
  constructor(private readonly base: number = 0) {}

  /** @returns the call id */
  take(entry: Entry): number {
    this.inUse += 1;
    const index = this.#free.pop() ?? this.#grow();
    this.#entries[index] = entry;
    return this.#ids[index] as number;
  }

  /** Who waits under this id; undefined when the id is not in use. */
  find(callId: number): Entry | undefined {
    const index = callId & INDEX_MASK;
    return this.#ids[index] === callId ? this.#entries[index] : undefined;
  }

  /** Puts another entry in the place of the one that waits under this id. */
  replace(callId: number, entry: Entry): void {
    this.#entries[callId & INDEX_MASK] = entry;
  }

  /** Frees the slot: its answer is here, or will certainly never come. @returns who waited */
  release(callId: number): Entry | undefined {
    const index = callId & INDEX_MASK;
    if (this.#ids[index] !== callId) return undefined;
    const entry = this.#entries[index];
    if (entry === undefined) return undefined;
    this.#entries[index] = undefined;
    this.#ids[index] = this.base | index | ((((callId >>> INDEX_BITS) + 1) & GENERATION_MASK) << INDEX_BITS);
    this.#free.push(index);
    this.inUse -= 1;
    return entry;
  }

  /** Visits all entries; entries may be released meanwhile. */
  forEach(visit: (entry: Entry, callId: number) => void): void {
    if (this.inUse === 0) return;
    for (let index = 1; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined) visit(entry, this.#ids[index] as number);
    }
  }

  #grow(): number {
    const index = this.#entries.length;
    this.#entries.push(undefined);
    this.#ids.push(this.base | index);
    return index;
  }
}
