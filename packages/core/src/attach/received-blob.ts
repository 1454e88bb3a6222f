import { attachmentSymbol, type Blob } from '../contract/attachments.js';
import { RpcError } from '../errors/rpc-error.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import type { BlobView } from '../transport/transport.js';

/** What a handler or caller has of a blob that was sent to it. */
export class ReceivedBlob implements Blob {
  readonly [attachmentSymbol] = 'blob';
  readonly byteLength: number;
  #view: BlobView | undefined;
  #holds = 1;

  constructor(view: BlobView) {
    this.#view = view;
    this.byteLength = view.length;
  }

  get bytes(): Uint8Array {
    return this.#held().bytes;
  }

  copy(from?: number, to?: number): Uint8Array {
    return this.#held().copy(from, to);
  }

  retain(): this {
    this.#held();
    this.#holds += 1;
    return this;
  }

  async hold<Result>(work: (bytes: Uint8Array) => PromiseLike<Result> | Result): Promise<Result> {
    this.retain();
    try {
      return await work(this.bytes);
    } finally {
      this.release();
    }
  }

  release(): void {
    if (this.#view === undefined) return;
    this.#holds -= 1;
    if (this.#holds > 0) return;
    this.#view.release();
    this.#view = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  readonly [inspectSymbol] = shownAs('DoorcallBlob', () => {
    const { byteLength } = this;
    return this.#view === undefined ? { byteLength, released: true } : { byteLength, holds: this.#holds };
  });

  #held(): BlobView {
    if (this.#view !== undefined) return this.#view;
    throw new RpcError(
      'FAILED_PRECONDITION',
      'the blob was released: its memory belongs to its sender again',
    );
  }
}
