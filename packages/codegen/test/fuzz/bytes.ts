import type { Entropy } from '../parity/values/entropy.js';

/** Bytes at which a reader may change its mind: tags, heads of numbers, ends of counts. */
const EDGES = [
  0x00, 0x01, 0x02, 0x03, 0x0c, 0x7f, 0x80, 0x81, 0xbf, 0xc0, 0xc1, 0xdf, 0xe0, 0xe7, 0xe8, 0xfe, 0xff,
];
const COUNTS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff],
  [0x80, 0x80, 0x80, 0x80, 0x01],
  [0x80, 0x00],
  [0xff, 0x7f],
  [0xff, 0xff, 0x03],
];
/** What a hostile peer may try as a key. */
const NAMES = ['__proto__', 'constructor', 'prototype', 'toString'].map((name) => [...Buffer.from(name)]);
const MAX_BYTES = 4096;

/** A message with one to four changes, or one that was never valid. */
export function damaged(message: Uint8Array, other: Uint8Array, entropy: Entropy): Uint8Array {
  let bytes = [...message];
  for (let left = entropy.int(4) + 1; left > 0; left--) bytes = change(bytes, other, entropy);
  return Uint8Array.from(bytes.slice(0, MAX_BYTES));
}

function change(bytes: number[], other: Uint8Array, entropy: Entropy): number[] {
  const at = entropy.int(Math.max(bytes.length, 1));
  const before = bytes.slice(0, at);
  const behind = bytes.slice(at);
  switch (entropy.int(11)) {
    case 0:
      return [...before, ...behind.slice(1)];
    case 1:
      return before;
    case 2:
      return [...before, entropy.pick(EDGES), ...behind.slice(1)];
    case 3:
      return [...before, (bytes[at] ?? 0) ^ (1 << entropy.int(8)), ...behind.slice(1)];
    case 4:
      return [...before, entropy.pick(EDGES), ...behind];
    case 5:
      return [...before, ...entropy.pick(COUNTS), ...behind.slice(1)];
    case 6:
      return [...before, ...behind, ...behind];
    case 7:
      return [...before, ...other.slice(entropy.int(Math.max(other.length, 1)))];
    case 8: {
      const name = entropy.pick(NAMES);
      return [...before, name.length << 2, ...name, ...behind];
    }
    case 9:
      return [entropy.pick([0, 1, 2]), ...bytes.slice(1)];
    default:
      return [entropy.int(2), ...Array.from({ length: entropy.int(40) }, () => entropy.int(256))];
  }
}
