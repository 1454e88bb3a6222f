/** Counts of billions, and of as many as a message of this size might be believed. */
const COUNTS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x80, 0x04],
];
/** Larger than any message of the corpus, so that a count has something to count. */
const PADDING = 64 * 1024;

/**
 * Messages that ask for more than they bring: each message of a corpus with a large count in each place, alone and
 * with zeros behind it.
 */
export function greedyMessages(corpus: readonly Uint8Array[]): readonly Uint8Array[] {
  const padding = new Uint8Array(PADDING);
  return corpus
    .filter((message) => message.length > 0 && message.length < 64)
    .flatMap((message) =>
      Array.from({ length: Math.min(message.length, 12) }, (_, i) =>
        COUNTS.flatMap((count, j) => {
          const greedy = Buffer.concat([
            message.subarray(0, i),
            Uint8Array.from(count),
            message.subarray(i + 1),
          ]);
          return j === 2 ? [Buffer.concat([greedy, padding])] : [greedy];
        }),
      ).flat(),
    );
}
