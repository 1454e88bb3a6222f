import type { BlobView } from './attachments.js';

const NOTHING = new Uint8Array(0);

/** A blob without bytes: it lies nowhere, and nobody gets it back. */
export const EMPTY_VIEW: BlobView = {
  length: 0,
  bytes: NOTHING,
  lend: () => NOTHING,
  copy: () => NOTHING,
  release: () => {},
};

/** Start and end of a part of `length` bytes. @throws RangeError when it is none. */
export function rangeOf(length: number, from: number, to: number): [number, number] {
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to && to <= length) {
    return [from, to];
  }
  throw new RangeError(`[${from}, ${to}) is no part of ${length} bytes`);
}
