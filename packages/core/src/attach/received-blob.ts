import { attachmentSymbol, type Blob } from '../contract/attachments.js';
import { isThenable } from '../contract/thenable.js';
import { RpcError } from '../errors/rpc-error.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import type { BlobView } from '../transport/transport.js';

/** What a handler or caller has of a blob that was sent to it. */
export class ReceivedBlob implements Blob {
  readonly [attachmentSymbol] = 'blob';
  readonly byteLength: number;
  #view: BlobView | undefined;
  /** Of readers, who release it. */
  #holds = 1;
  /** Work that reads it, whoever has released it. */
  #works = 0;

  constructor(view: BlobView) {
    this.#view = view;
    this.byteLength = view.length;
  }

  get bytes(): Uint8Array {
    return this.#held().bytes;
  }

  read<Result>(work: (bytes: Uint8Array) => Result): Result {
    const bytes = this.#held().lend();
    this.#works += 1;
    try {
      const result = work(bytes);
      if (isThenable(result)) {
        // Nobody else gets to see it, and a rejection that nobody looks at would end the process.
        result.then(undefined, () => {});
        throw new TypeError(
          'blob.read(…) is for work that is done when it returns; blob.hold(…) waits for a promise',
        );
      }
      return result;
    } finally {
      this.#works -= 1;
      this.#giveBackUnheld();
    }
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
    const { bytes } = this;
    this.#works += 1;
    try {
      return await work(bytes);
    } finally {
      this.#works -= 1;
      this.#giveBackUnheld();
    }
  }

  release(): void {
    if (this.#holds === 0) return;
    this.#holds -= 1;
    this.#giveBackUnheld();
  }

  #giveBackUnheld(): void {
    if (this.#holds > 0 || this.#works > 0) return;
    this.#view?.release();
    this.#view = undefined;
  }

  [Symbol.dispose](): void {
    this.release();
  }

  readonly [inspectSymbol] = shownAs('DoorcallBlob', () => {
    const { byteLength } = this;
    if (this.#view === undefined) return { byteLength, released: true };
    return { byteLength, holds: this.#holds + this.#works };
  });

  #held(): BlobView {
    if (this.#view !== undefined) return this.#view;
    throw new RpcError(
      'FAILED_PRECONDITION',
      'the blob was released: its memory belongs to its sender again',
    );
  }
}
