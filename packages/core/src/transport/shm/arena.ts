import type { NativeBlob, NativeConnection } from '@doorcall/native';
import type { RpcError } from '../../errors/rpc-error.js';
import type { Arena, ArenaStats, BlobPlace, BlobView } from '../attachments.js';
import { blobFailure } from '../blob-failure.js';
import { EMPTY_VIEW, rangeOf } from '../blob-view.js';

/** What the addon answers in place of memory, or of 0. */
const OWN = { quota: -1, memory: -2, unwanted: -3, socket: -4 } as const;
const VIEW = { memory: -1, violation: -2 } as const;

/** Memory in sealed files: see docs/memory-layout.md. */
export class ShmArena implements Arena {
  constructor(private readonly native: NativeConnection) {}

  allocate(bytes: number): Uint8Array {
    if (!Number.isSafeInteger(bytes) || bytes < 0) throw blobFailure.size(bytes);
    if (bytes === 0) return new Uint8Array(0);
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

  unplace({ slot }: BlobPlace): void {
    if (slot !== 0) this.native.unplaceBlob(slot);
  }

  view({ segment, slot, offset, length }: BlobPlace): BlobView {
    if (segment === 0 && slot === 0 && offset === 0 && length === 0) return EMPTY_VIEW;
    const blob = this.native.borrowBlob(segment, slot, offset, length);
    if (typeof blob !== 'number') return new View(this.native, blob, length);
    if (blob === VIEW.memory) throw blobFailure.memory(length);
    throw blob === VIEW.violation ? blobFailure.nowhere() : blobFailure.closed();
  }

  get stats(): ArenaStats {
    const [allocatedBytes, lentBytes, quotaBytes, , heldBytes, heldBlobs] = this.native.blobCounts();
    return { allocatedBytes, lentBytes, quotaBytes, heldBytes, heldBlobs };
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

class View implements BlobView {
  #released = false;
  /** Made when they are asked for: a large array is felt by the garbage collector. */
  #bytes: Uint8Array | undefined;

  constructor(
    private readonly native: NativeConnection,
    private readonly blob: NativeBlob,
    readonly length: number,
  ) {}

  get bytes(): Uint8Array {
    this.#bytes ??= this.native.viewBlob(this.blob);
    return this.#bytes;
  }

  copy(from = 0, to = this.length): Uint8Array {
    const [start, end] = rangeOf(this.length, from, to);
    const copied = this.#released ? undefined : this.native.copyBlob(this.blob, start, end);
    // Where the host allows no memory but its own, the bytes are a copy already.
    return copied ?? this.#copyOfCopy(start, end);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.native.releaseBlob(this.blob, this.#bytes);
  }

  #copyOfCopy(start: number, end: number): Uint8Array {
    if (this.#released || this.#bytes === undefined) throw blobFailure.released();
    return this.#bytes.slice(start, end);
  }
}
