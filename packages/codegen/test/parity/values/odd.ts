import type { Entropy } from './entropy.js';
import { oddText } from './texts.js';

/** An instance of a class: own properties, one that is computed, and one that is inherited. */
export class Point {
  x: unknown = 1;
  get a(): unknown {
    return this.x;
  }
}

function idle(): number {
  return 1;
}

const SYMBOL = Symbol('s');

/** What a caller should not pass at all: it cannot travel. */
function stranger(entropy: Entropy): unknown {
  const circular: Record<string, unknown> = { a: 1 };
  circular.b = [circular];
  return entropy.pick<() => unknown>([
    () => idle,
    () => SYMBOL,
    () => circular,
    () => Promise.resolve(1),
    () => new WeakMap(),
    () => new URL('http://localhost'),
    () => Object('text'),
  ])();
}

/** Numbers at which an encoding or a check may change its mind. */
export const NUMBERS: readonly number[] = [
  0,
  1,
  -1,
  -0,
  0.1,
  0.5,
  1.5,
  -2.5,
  2,
  3,
  5,
  10,
  100,
  31,
  32,
  33,
  127,
  128,
  -32,
  -33,
  191,
  192,
  255,
  256,
  -128,
  -129,
  32767,
  32768,
  -32768,
  -32769,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  -(2 ** 31) - 1,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53) + 1,
  -(2 ** 53),
  1e21,
  1e300,
  5e-324,
  1.7976931348623157e308,
  3.4028234663852886e38,
  3.5e38,
  0.30000000000000004,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
];

export const BIGINTS: readonly bigint[] = [
  0n,
  1n,
  -1n,
  5n,
  10n,
  2n ** 31n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  -(2n ** 63n),
  -(2n ** 63n) - 1n,
  2n ** 64n - 1n,
  2n ** 64n,
  2n ** 200n + 3n,
  -(7n ** 99n),
];

export const TIMES: readonly number[] = [
  0,
  1,
  -1,
  1000,
  1_700_000_000_123,
  2 ** 32 * 1000,
  8.64e15,
  -8.64e15,
  -1000,
];

/** A number, often one at an edge. */
export function oddNumber(entropy: Entropy): number {
  return entropy.pick(NUMBERS);
}

export function oddBigint(entropy: Entropy): bigint {
  return entropy.pick(BIGINTS);
}

/** A date, seldom an invalid one. */
export function oddDate(entropy: Entropy): Date {
  return new Date(entropy.once(6) ? Number.NaN : entropy.pick(TIMES));
}

/** Bytes: a plain array of them, a Buffer, or a part of a larger one. */
export function oddBytes(entropy: Entropy): Uint8Array {
  const length = entropy.pick([0, 1, 3, 64, 300]);
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + 250) & 0xff);
  switch (entropy.int(4)) {
    case 1:
      return Buffer.from(bytes);
    case 2:
      return new Uint8Array([9, ...bytes, 9]).subarray(1, length + 1);
    default:
      return bytes;
  }
}

/** Keys that objects find hard, beside common ones. */
export function oddKey(entropy: Entropy): string {
  return entropy.pick(KEYS);
}

export const KEYS: readonly string[] = [
  'a',
  'b',
  'c',
  't',
  '',
  '0',
  '1',
  '12',
  '-1',
  '1.5',
  'a b',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  'ü',
  '日本',
  '__proto__',
  'then',
  'value',
  'next',
];

/** Makes an own property, whatever its name. */
export function define(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}

/** Any value at all, containers included; seldom one that cannot travel. */
export function anything(entropy: Entropy, depth = 0): unknown {
  const inside = depth < 3 ? 18 : 10;
  switch (entropy.int(inside)) {
    case 0:
      return oddText(entropy);
    case 1:
      return oddNumber(entropy);
    case 2:
      return undefined;
    case 3:
      return null;
    case 4:
      return entropy.once(2);
    case 5:
      return oddBigint(entropy);
    case 6:
      return oddDate(entropy);
    case 7:
      return oddBytes(entropy);
    case 8:
      return entropy.once(10) ? stranger(entropy) : oddText(entropy);
    case 9:
      return oddObject(entropy);
    case 10:
    case 11:
      return several(entropy, () => anything(entropy, depth + 1));
    case 12:
      return new Set(several(entropy, () => anything(entropy, depth + 1)));
    case 13:
      return new Map(several(entropy, () => [anything(entropy, depth + 1), anything(entropy, depth + 1)]));
    case 14: {
      const shared = anything(entropy, depth + 1);
      return { a: shared, b: [shared, shared] };
    }
    default: {
      const object = {};
      for (let left = entropy.int(4); left > 0; left--)
        define(object, oddKey(entropy), anything(entropy, depth + 1));
      return object;
    }
  }
}

function oddObject(entropy: Entropy): unknown {
  switch (entropy.int(9)) {
    case 0:
      return {};
    case 1:
      return [];
    case 2:
      // biome-ignore lint/suspicious/noSparseArray: a hole is what this is about.
      return [, 1];
    case 3:
      return new Float64Array([1.5, -0]);
    case 4:
      return /a+/gi;
    case 5:
      return Object.freeze({ a: 'x' });
    default:
      return entropy.firstStrange() ? strangeObject(entropy) : {};
  }
}

function strangeObject(entropy: Entropy): object {
  switch (entropy.int(3)) {
    case 0:
      return new Point();
    case 1:
      return Object.assign(Object.create(null) as object, { a: 1 });
    default:
      return Object.assign(Object.create({ a: 'inherited' }) as object, { b: 1 });
  }
}

/** Up to three items. */
export function several<Item>(entropy: Entropy, make: () => Item): Item[] {
  return Array.from({ length: entropy.int(4) }, make);
}
