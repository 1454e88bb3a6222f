import { describe, expect, it } from 'vitest';
import { arrivals, canTravel } from './law/arriving.js';
import { difference } from './law/same.js';

class Own {
  a = 1;
}

const pairs: readonly (readonly [string, unknown, unknown])[] = [
  ['0 and -0', 0, -0],
  ['a missing key and undefined', {}, { a: undefined }],
  ['another order of keys', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['another prototype', { a: 1 }, new Own()],
  ['no prototype', {}, Object.create(null)],
  ['a hole and undefined', Array(1), [undefined]],
  ['another length', [1], [1, undefined]],
  ['a property of an array', [1], Object.assign([1], { extra: 1 })],
  [
    'another order of a Map',
    new Map([
      [1, 1],
      [2, 2],
    ]),
    new Map([
      [2, 2],
      [1, 1],
    ]),
  ],
  ['what a Set holds', new Set([{ a: 1 }]), new Set([{ a: 2 }])],
  ['a Map and a Set', new Map(), new Set()],
  ['times', new Date(0), new Date(1)],
  ['bytes', Uint8Array.of(1), Uint8Array.of(2)],
  ['a Buffer and bytes', Buffer.from([1]), Uint8Array.of(1)],
  ['patterns', /a/g, /a/],
  ['a symbol key', {}, { [Symbol.for('s')]: 1 }],
  ['a hidden key', { a: 1 }, Object.defineProperty({}, 'a', { value: 1 })],
  ['frozen', Object.freeze({ a: 1 }), { a: 1 }],
  ['deep inside', { a: [new Map([[1, { b: 0 }]])] }, { a: [new Map([[1, { b: -0 }]])] }],
  ['a bigint and a number', 1n, 1],
];

describe('the law tells apart', () => {
  it.each(pairs)('%s', (_, one, other) => {
    expect(difference(one, other)).toBeTypeOf('string');
    expect(difference(other, one)).toBeTypeOf('string');
    expect(difference(one, one)).toBeUndefined();
    expect(difference(structuredOf(one), structuredOf(one))).toBeUndefined();
  });

  it('not NaN and NaN', () => {
    expect(difference([Number.NaN], [Number.NaN])).toBeUndefined();
  });
});

/** A copy that is not the same object, where one can be made. */
function structuredOf(value: unknown): unknown {
  return Array.isArray(value) ? [...value] : value;
}

describe('a value that is only data', () => {
  it('arrives as itself', () => {
    const fresh = (): unknown => ({
      a: [undefined, null, 'x', 1n, Number.NaN],
      b: new Map([[new Date(0), new Set([1])]]),
    });
    expect(arrivals(fresh)).toHaveLength(3);
    for (const arrived of arrivals(fresh)) expect(difference(fresh(), arrived)).toBeUndefined();
  });

  it('cannot hold what cannot travel', () => {
    for (const value of [
      () => 1,
      Symbol('s'),
      [Promise.resolve()],
      { a: new WeakMap() },
      new Map([[1, () => 1]]),
    ]) {
      expect(canTravel(value)).toBe(false);
    }
  });
});
