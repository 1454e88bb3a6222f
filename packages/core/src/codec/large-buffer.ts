/** A buffer up to here is kept for good. */
const SMALL_BYTES = 1024 * 1024;
/** One beyond this is given up with the message that needed it: data of that size has blobs. */
const MOST_BYTES = 8 * 1024 * 1024;
/** A message from here on may need more than a small buffer: one that is too small is made four times as large. */
const LARGE_MESSAGE_BYTES = SMALL_BYTES / 4;
/** So many messages in a row that do not need it, and a large buffer is given up. */
const PATIENCE = 256;

/**
 * When a buffer that large messages have made grow is given up. One that is made anew for each of them costs far more than
 * its pages: the collector is run for every few, and everybody waits for it.
 */
export class LargeBuffer {
  #unneeded = 0;

  /**
   * A message was written.
   * @param length of the buffer
   * @param used by the message
   * @returns whether the next message should get a fresh one
   */
  givenUp(length: number, used: number): boolean {
    if (length <= SMALL_BYTES) return false;
    this.#unneeded = used >= LARGE_MESSAGE_BYTES ? 0 : this.#unneeded + 1;
    if (length <= MOST_BYTES && this.#unneeded < PATIENCE) return false;
    this.#unneeded = 0;
    return true;
  }
}
