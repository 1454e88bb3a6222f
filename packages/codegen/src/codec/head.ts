/** Where the states of an object's fields stand in its head: two bits each, from the lowest ones on. */
export interface HeadLayout {
  /** Bits of the first byte that are taken. */
  readonly taken: number;
}

export const STATES: HeadLayout = { taken: 0 };
/** In a message's first byte the two lowest bits say what has written it. */
export const ROOT_STATES: HeadLayout = { taken: 2 };

/** One field's state. */
export interface StateBits {
  /** Which of the fields that have states. */
  readonly at: number;
  readonly shift: number;
}

/** The bytes of a head, each with the states in it. A root has one even where there are no states. */
export function headBytes(states: number, { taken }: HeadLayout): readonly (readonly StateBits[])[] {
  const bytes: StateBits[][] = taken > 0 ? [[]] : [];
  for (let at = 0; at < states; at++) {
    const position = taken + 2 * at;
    const byte = Math.floor(position / 8);
    bytes[byte] ??= [];
    bytes[byte].push({ at, shift: position % 8 });
  }
  return bytes;
}
