import { constants } from 'node:buffer';
import type { NativeConnection } from '@doorcall/native';
import type { RpcError } from '../../errors/rpc-error.js';
import type { Arena, ArenaStats, BlobPlace, BlobView } from '../attachments.js';
import { blobFailure } from '../blob-failure.js';
import { EMPTY_VIEW, rangeOf } from '../blob-view.js';

/** What the addon answers in place of memory, or of 0. */
const OWN = { quota: -1, memory: -2, unwanted: -3, socket: -4 } as const;
const VIEW = { memory: -1, violation: -2 } as const;

const NOTHING = new Uint8Array(0);
/** V8 ends a process that asks for a longer array: 4 GiB in Node 20. */
const MOST_BYTES = constants.MAX_LENGTH;

/** Memory in sealed files: see docs/memory-layout.md. */
export class ShmArena implements Arena {
  constructor(private readonly native: NativeConnection) {}

  allocate(bytes: number): Uint8Array {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw blobFailure.size(bytes);
    if (bytes === 0) return new Uint8Array(0);
    if (bytes > MOST_BYTES) throw this.#tooLong(bytes);
    const memory = this.native.allocateBlob(bytes);
    if (typeof memory === 'number') throw this.#failure(memory, bytes);
    return memory;
  }

  dispose(memory: Uint8Array): void {
    // What is detached, or never had bytes, has nothing to give back.
    if (memory.buffer.byteLength > 0 && !this.native.disposeBlob(memory)) throw blobFailure.foreign();
  }

  place(bytes: Uint8Array): BlobPlace {
    const result = this.native.placeBlob(bytes);
    if (result !== 0) throw this.#failure(result, bytes.length);
    const { blob } = this.native;
    return { segment: blob[0]!, slot: blob[1]!, offset: blob[2]!, length: blob[3]! };
  }

  awaitRoom(): boolean {
    return this.native.awaitBlobs();
  }

  unplace({ slot }: BlobPlace): void {
    if (slot !== 0) this.native.unplaceBlob(slot);
  }

  view({ segment, slot, offset, length }: BlobPlace): BlobView {
    if (segment === 0 && slot === 0 && offset === 0 && length === 0) return EMPTY_VIEW;
    const serial = this.native.borrowBlob(segment, slot, offset, length);
    if (serial > 0 && length <= MOST_BYTES) return watched(new View(this.native, serial, length));
    if (serial > 0) {
      this.native.releaseBlob(serial, undefined);
      throw blobFailure.array(length, MOST_BYTES);
    }
    if (serial === VIEW.memory) throw blobFailure.memory(length);
    throw serial === VIEW.violation ? blobFailure.nowhere() : blobFailure.closed();
  }

  get stats(): ArenaStats {
    const [allocatedBytes, lentBytes, quotaBytes, , heldBytes, heldBlobs] = this.native.blobCounts();
    return { allocatedBytes, lentBytes, quotaBytes, heldBytes, heldBlobs };
  }

  #tooLong(bytes: number): RpcError {
    const { stats } = this;
    return bytes > stats.quotaBytes ? blobFailure.quota(bytes, stats) : blobFailure.size(bytes, MOST_BYTES);
  }

  #failure(result: number, bytes: number): RpcError {
    switch (result) {
      case OWN.quota:
        return blobFailure.quota(bytes, this.stats);
      case OWN.memory:
        return blobFailure.memory(bytes);
      case OWN.unwanted:
        return blobFailure.unwanted();
      case OWN.socket:
        return blobFailure.socket();
      default:
        return blobFailure.closed();
    }
  }
}

/** Releases views that nobody refers to any more. */
const forgotten = new FinalizationRegistry<{ native: NativeConnection; serial: number }>(
  ({ native, serial }) => native.releaseBlob(serial, undefined),
);

/** How many views may have come before those that were not released are watched, and how long it may take. */
const MOST_YOUNG = 64;
const YOUNG_MS = 100;
/** The latest views. */
let young: View[] = [];
let soon: NodeJS.Timeout | undefined;

/**
 * Sees to it that a view is released when it is collected. Most are released within the very call that they came with:
 * only what has outlived that is worth a place in the registry, which costs more than all the rest of a view.
 */
function watched(view: View): View {
  if (young.push(view) >= MOST_YOUNG) watchTheRest();
  else if (soon === undefined) soon = setTimeout(watchSoon, YOUNG_MS).unref();
  return view;
}

function watchSoon(): void {
  soon = undefined;
  watchTheRest();
}

function watchTheRest(): void {
  const views = young;
  young = [];
  for (const view of views) view.watch();
}

class View implements BlobView {
  #released = false;
  /** The registry knows it. */
  #watched = false;
  /** Made when they are asked for: a large array is felt by the garbage collector. */
  #bytes: Uint8Array | undefined;

  constructor(
    private readonly native: NativeConnection,
    private readonly serial: number,
    readonly length: number,
  ) {}

  get bytes(): Uint8Array {
    if (this.#bytes === undefined && !this.#released) {
      this.#bytes = this.native.viewBlob(this.serial);
      // From now on it is the end of their buffer that counts, to which they may outlive this view.
      this.#unwatch();
    }
    return this.#bytes ?? NOTHING;
  }

  lend(): Uint8Array {
    const lent = this.#bytes === undefined ? this.native.readBlob(this.serial) : undefined;
    return lent ?? this.bytes;
  }

  copy(from = 0, to = this.length): Uint8Array {
    const [start, end] = rangeOf(this.length, from, to);
    const copied = this.#released ? undefined : this.native.copyBlob(this.serial, start, end);
    // Where the host allows no memory but its own, the bytes are a copy already.
    return copied ?? this.#copyOfCopy(start, end);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#unwatch();
    this.native.releaseBlob(this.serial, this.#bytes);
  }

  /** It has outlived its first moments. */
  watch(): void {
    if (this.#released || this.#bytes !== undefined) return;
    this.#watched = true;
    forgotten.register(this, { native: this.native, serial: this.serial }, this);
  }

  #unwatch(): void {
    if (!this.#watched) return;
    this.#watched = false;
    forgotten.unregister(this);
  }

  #copyOfCopy(start: number, end: number): Uint8Array {
    if (this.#released || this.#bytes === undefined) throw blobFailure.released();
    return this.#bytes.slice(start, end);
  }
}
