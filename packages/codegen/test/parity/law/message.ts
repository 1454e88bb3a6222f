import type { Encoded } from '@doorcall/core/generated';

/** A message as it lies in memory: somewhere in a larger buffer, with other bytes around it. */
export interface Placed {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What others may have left there: no value, every value, the msgpack byte that means nothing, a long count. */
const POISONS = [0xc1, 0x00, 0xff, 0x80] as const;
const BEFORE = 37;
const BEHIND = 70;

/** A copy: the codec uses its memory again. */
export function copied({ bytes, start, end }: Encoded): Uint8Array {
  return Uint8Array.from(bytes.subarray(start, end));
}

export function placed(message: Uint8Array, poison: number): Placed {
  const filling = POISONS[poison % POISONS.length] as number;
  const bytes = Buffer.alloc(BEFORE + message.length + BEHIND, filling);
  bytes.set(message, BEFORE);
  return { bytes, start: BEFORE, end: BEFORE + message.length };
}
