/** What is done with large data, by every party in the same way. */

const pageBytes = 4_096;

export const KiB = 1_024;
export const MiB = 1_024 * KiB;

/** Reads one byte of every page: whoever does so has the whole of it within reach. @returns their sum */
export function lookAtPages(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += pageBytes) sum += bytes[at]!;
  return sum;
}

/** Where a receiver reads that reads in one place. */
export function onePlaceOf(bytes: { readonly byteLength: number }): number {
  return bytes.byteLength >> 1;
}

/** The work of a receiver that reads in one place. */
export function readOnePlace(bytes: Uint8Array): number {
  return bytes[onePlaceOf(bytes)]!;
}

/** 64-bit words of bytes that begin at a multiple of eight. */
export function wordsOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3);
}

/** Writes every word, differently at each turn: what an earlier turn has left there is found out by the sum. */
export function fillWords(words: Float64Array, turn: number): void {
  for (let i = 0; i < words.length; i++) words[i] = turn + i;
}

export function sumWords(words: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < words.length; i++) sum += words[i]!;
  return sum;
}

/** What {@link sumWords} finds after {@link fillWords}; exact as long as it is below 2^53. */
export function expectedSum(words: number, turn: number): number {
  return words * turn + (words * (words - 1)) / 2;
}

/** @throws when the two differ: the work was not done, or on other bytes */
export function assertSame(found: number, expected: number): void {
  if (found !== expected) throw new Error(`the receiver found ${found} where ${expected} was sent`);
}
