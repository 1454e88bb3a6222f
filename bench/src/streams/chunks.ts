/** The chunks of the stream of large messages. */
import { KiB, lookAtPages } from './bytes.js';

export const chunkBytes = 64 * KiB;
/** 4 MiB in all: what is sent is not in the nearest caches from the turn before. */
export const chunkCount = 64;

/** Each is full of its number. */
export function makeChunks() {
  return Array.from({ length: chunkCount }, (_, i) => new Uint8Array(chunkBytes).fill(i));
}

/** The chunk of a stream at this place. */
export function chunkAt<Chunk>(chunks: readonly Chunk[], index: number): Chunk {
  return chunks[index % chunkCount]!;
}

/** A reader of one stream: looks at every page, and @throws when a chunk is not the next one. */
export function chunkReader(): (chunk: Uint8Array) => void {
  let index = 0;
  return (chunk) => {
    const expected = (index % chunkCount) * (chunkBytes / 4_096);
    if (chunk.length !== chunkBytes || lookAtPages(chunk) !== expected) {
      throw new Error(`chunk ${index} is not the one that was sent`);
    }
    index += 1;
  };
}
