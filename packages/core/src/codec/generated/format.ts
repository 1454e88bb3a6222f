/**
 * The format of generated codecs, byte by byte in docs/codegen-format.md. A change here changes the hash of every
 * generated codec: {@link FORMAT}.
 */
export const FORMAT = 1;

/** The first byte of a message. */
export const Body = {
  /** Generated code has written it. Where that is an object, the states of its first three fields stand above. */
  generated: 0,
  mask: 3,
  /** What follows describes itself by tags: the value was not of the schema's structure. */
  described: 1,
  /** What follows is MessagePack: the same of a schema that has blobs, descriptors or doors in it. */
  packed: 2,
} as const;

/** The first byte of a number. Below `limit` it is the number itself, then come small negative ones. */
export const Num = {
  limit: 0xc0,
  negatives: 32,
  uint8: 0xe0,
  uint16: 0xe1,
  uint32: 0xe2,
  int8: 0xe3,
  int16: 0xe4,
  int32: 0xe5,
  float32: 0xe6,
  float64: 0xe7,
} as const;

/**
 * Members of sets and keys of maps that are integers beyond 64 bits. V8 hashes those by their lowest 64 bits alone,
 * so that many of them could be made to take hours.
 */
export const MAX_WIDE_KEYS = 1024;

export function isWide(value: bigint): boolean {
  return value < -0x8000000000000000n || value > 0x7fffffffffffffffn;
}

/** The two low bits of a text's size in bytes. */
export const Text = { latin1: 0, utf8: 1, utf16: 2 } as const;

/** What stands in a slot that may hold no value; two bits in an object's head, else one byte. */
export const State = { absent: 0, undefined: 1, null: 2, value: 3 } as const;

/** Tags of self-describing values. */
export const Tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  text: 5,
  bigint: 6,
  date: 7,
  bytes: 8,
  array: 9,
  object: 10,
  map: 11,
  set: 12,
  view: 13,
  buffer: 14,
  regexp: 15,
  error: 16,
} as const;
