import { netBytes } from '../../transports/settings.js';

const { headerBytes } = netBytes;
/** Bodies begin at a multiple of eight, so that their 64-bit words can be read where they are. */
const bodyStart = 8;
const frameStart = bodyStart - headerBytes;

/**
 * Puts frames (u32 body bytes, body) together in one piece of memory, which every frame uses again: the receiver is
 * done with a body when `onBody` returns.
 */
export class Assembly {
  readonly #memory: Buffer;
  readonly #onBody: (body: Uint8Array) => void;
  #end = frameStart;

  constructor(maxBodyBytes: number, onBody: (body: Uint8Array) => void) {
    this.#memory = Buffer.from(new ArrayBuffer(bodyStart + maxBodyBytes));
    this.#onBody = onBody;
  }

  /** Where the next bytes belong; never empty. */
  get free(): Uint8Array {
    return this.#memory.subarray(this.#end);
  }

  /**
   * The first `bytes` of {@link free} have come.
   * @throws RangeError for a body above the maximum
   */
  advance(bytes: number): void {
    this.#end += bytes;
    while (this.#end >= bodyStart) {
      const bodyEnd = bodyStart + this.#memory.readUInt32LE(frameStart);
      if (bodyEnd > this.#memory.length) throw new RangeError(`a frame of ${bodyEnd - bodyStart} bytes`);
      if (this.#end < bodyEnd) return;
      this.#onBody(this.#memory.subarray(bodyStart, bodyEnd));
      this.#memory.copyWithin(frameStart, bodyEnd, this.#end);
      this.#end = frameStart + this.#end - bodyEnd;
    }
  }

  /** Copies bytes that came elsewhere. */
  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const { free } = this;
      const bytes = Math.min(free.length, chunk.length - at);
      free.set(chunk.subarray(at, at + bytes));
      at += bytes;
      this.advance(bytes);
    }
  }
}
