import type { Arena, ArenaStats, BlobPlace, BlobView } from '../attachments.js';
import { blobFailure } from '../blob-failure.js';
import { EMPTY_VIEW, rangeOf } from '../blob-view.js';

/** Memory is counted in whole pages, as where it is shared. */
const PAGE_BYTES = 4096;

const NOWHERE: BlobPlace = { segment: 0, slot: 0, offset: 0, length: 0 };

/** A piece of memory: in use while its owner's array lives, or a loan of it is out. */
interface Piece {
  readonly bytes: number;
  owned: boolean;
  loans: number;
}

interface Loan {
  readonly piece: Piece;
  /** Until the other side has it. */
  copy: Uint8Array | undefined;
  readonly bytes: number;
}

/** What the arena needs of its connection. */
export interface ArenaHost {
  readonly open: boolean;
  fail(detail: string): void;
  /** What was waited for has room. */
  roomMade(): void;
}

const pages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;

/** Calls what it is given when the buffer it is given with has been collected. */
const collected = new FinalizationRegistry<() => void>((gone) => gone());

/** Leaves every array over a buffer with a length of 0. */
function detach(buffer: ArrayBufferLike): void {
  structuredClone(undefined, { transfer: [buffer as ArrayBuffer] });
}

/** The same rules and limits as between processes, kept with copies. */
export class MemoryArena implements Arena {
  other!: MemoryArena;
  readonly #pieces = new WeakMap<ArrayBufferLike, Piece>();
  readonly #loans = new Map<number, Loan>();
  #lastSlot = 0;
  #allocatedBytes = 0;
  #lentBytes = 0;
  #heldBytes = 0;
  #heldBlobs = 0;
  /** How much was in use, and lent, when somebody began to wait for room. */
  #awaited: { allocatedBytes: number; lentBytes: number } | undefined;

  constructor(
    private readonly host: ArenaHost,
    private readonly quotaBytes: number,
  ) {}

  allocate(bytes: number): Uint8Array {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw blobFailure.size(bytes);
    if (bytes === 0) return new Uint8Array(0);
    const piece = this.#take(bytes);
    const memory = new Uint8Array(bytes);
    this.#pieces.set(memory.buffer, piece);
    collected.register(memory.buffer, () => this.#disown(piece));
    return memory;
  }

  dispose(memory: Uint8Array): void {
    if (memory.buffer.byteLength === 0) return;
    const piece = this.#pieces.get(memory.buffer);
    if (piece === undefined) throw blobFailure.foreign();
    detach(memory.buffer);
    this.#disown(piece);
  }

  place(bytes: Uint8Array): BlobPlace {
    if (!this.host.open) throw blobFailure.closed();
    const { length, byteOffset, buffer } = bytes;
    if (length === 0) return NOWHERE;
    const own = this.#pieces.get(buffer);
    const piece = own ?? this.#take(length);
    const offset = own === undefined ? 0 : byteOffset;
    const touched = pages(offset + length) - Math.floor(offset / PAGE_BYTES) * PAGE_BYTES;
    if (own === undefined) piece.owned = false;
    piece.loans += 1;
    this.#lastSlot += 1;
    const slot = this.#lastSlot;
    this.#loans.set(slot, { piece, copy: new Uint8Array(bytes), bytes: touched });
    this.#lentBytes += touched;
    if (this.#lentBytes > pages(this.quotaBytes)) {
      const { stats } = this;
      this.#takeBack(slot);
      throw blobFailure.quota(length, stats);
    }
    return { segment: 1, slot, offset, length };
  }

  awaitRoom(): boolean {
    if (this.#loans.size === 0) return false;
    // Who has waited for longer is owed what came free since.
    const { allocatedBytes = 0, lentBytes = 0 } = this.#awaited ?? {};
    this.#awaited = {
      allocatedBytes: Math.max(allocatedBytes, this.#allocatedBytes),
      lentBytes: Math.max(lentBytes, this.#lentBytes),
    };
    return true;
  }

  unplace({ slot }: BlobPlace): void {
    this.#takeBack(slot);
  }

  view({ segment, slot, offset, length }: BlobPlace): BlobView {
    if (!this.host.open) throw blobFailure.closed();
    if (segment === 0 && slot === 0 && offset === 0 && length === 0) return EMPTY_VIEW;
    const copy = this.other.#hand(slot, length);
    if (copy === undefined) {
      this.host.fail('blob in a place where there is none, or that is still held');
      throw blobFailure.nowhere();
    }
    const view = new View(copy, this.#hold(slot));
    collected.register(copy.buffer, view.giveBack);
    return view;
  }

  /** The copy behind a loan, once. */
  #hand(slot: number, length: number): Uint8Array | undefined {
    const loan = this.#loans.get(slot);
    const copy = loan?.copy;
    if (loan === undefined || copy?.length !== length) return undefined;
    loan.copy = undefined;
    return copy;
  }

  /** Counts a blob as held. @returns what ends that; knows nothing of its bytes, so that they can be collected */
  #hold(slot: number): () => void {
    const { bytes } = this.other.#loans.get(slot) as Loan;
    this.#heldBytes += bytes;
    this.#heldBlobs += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#heldBytes -= bytes;
      this.#heldBlobs -= 1;
      setImmediate(() => this.other.#takeBack(slot));
    };
  }

  get stats(): ArenaStats {
    return {
      allocatedBytes: this.#allocatedBytes,
      lentBytes: this.#lentBytes,
      quotaBytes: this.quotaBytes,
      heldBytes: this.#heldBytes,
      heldBlobs: this.#heldBlobs,
    };
  }

  #take(bytes: number): Piece {
    if (!this.host.open) throw blobFailure.closed();
    if (this.quotaBytes === 0) throw blobFailure.unwanted();
    const whole = pages(bytes);
    if (this.#allocatedBytes + whole > pages(this.quotaBytes)) throw blobFailure.quota(bytes, this.stats);
    this.#allocatedBytes += whole;
    return { bytes: whole, owned: true, loans: 0 };
  }

  #disown(piece: Piece): void {
    if (!piece.owned) return;
    piece.owned = false;
    this.#freeIfUnused(piece);
    this.#tellOfRoom();
  }

  #takeBack(slot: number): void {
    const loan = this.#loans.get(slot);
    if (loan === undefined) return;
    this.#loans.delete(slot);
    this.#lentBytes -= loan.bytes;
    loan.piece.loans -= 1;
    this.#freeIfUnused(loan.piece);
    this.#tellOfRoom();
  }

  /** An attempt that takes back what it placed itself has made no room: whoever waits would try again for ever. */
  #tellOfRoom(): void {
    if (this.#awaited === undefined) return;
    const { allocatedBytes, lentBytes } = this.#awaited;
    if (this.#allocatedBytes >= allocatedBytes && this.#lentBytes >= lentBytes) return;
    this.#awaited = undefined;
    this.host.roomMade();
  }

  #freeIfUnused({ owned, loans, bytes }: Piece): void {
    if (!owned && loans === 0) this.#allocatedBytes -= bytes;
  }
}

class View implements BlobView {
  readonly length: number;
  #released = false;

  constructor(
    readonly bytes: Uint8Array,
    readonly giveBack: () => void,
  ) {
    this.length = bytes.length;
  }

  lend(): Uint8Array {
    return this.bytes;
  }

  copy(from = 0, to = this.length): Uint8Array {
    const [start, end] = rangeOf(this.length, from, to);
    if (this.#released) throw blobFailure.released();
    return this.bytes.slice(start, end);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    detach(this.bytes.buffer);
    this.giveBack();
  }
}
