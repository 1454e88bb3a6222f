import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { codecOf, inputBytes, travel } from './support.js';

const foreign: StandardSchema = {
  '~standard': { version: 1, vendor: 'other', validate: (value) => ({ value }) },
};

/** Schemas of which each says something else about what to expect, so that each takes another way. */
const schemas: readonly (readonly [string, StandardSchema])[] = [
  ['anything', z.unknown()],
  ['an object that keeps what it does not know', z.looseObject({ value: z.any() })],
  ['another library', foreign],
];

describe.each([
  ['records', false],
  ['names', true],
])('with %s', (_, named) => {
  describe.each(schemas)('through a contract of %s', (_, schema) => {
    it.each<[string, unknown]>([
      ['null', null],
      ['booleans', [true, false]],
      [
        'integers',
        [0, 1, 31, 32, 63, 64, 127, 128, 255, 256, 65535, 65536, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1],
      ],
      [
        'negative integers',
        [-1, -32, -33, -128, -129, -32768, -32769, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 53) + 1],
      ],
      ['other numbers', [0.1, 1e300, -5e-324, Number.NaN, Infinity, -Infinity, 12.5]],
      ['bigints', [0n, -1n, 1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n)]],
      [
        'bigints beyond 64 bits',
        [2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 64n), 2n ** 200n + 12345n, -(7n ** 999n)],
      ],
      ['bigints of megabits', [2n ** 1_000_000n - 1n, -(2n ** 1_000_000n)]],
      [
        'strings',
        ['', 'a', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(64), 'x'.repeat(255), 'x'.repeat(70_000)],
      ],
      [
        'strings beyond ASCII',
        ['ü', '日本語', '🦊', 'é'.repeat(20), 'é'.repeat(40), '🦊'.repeat(100), '日'.repeat(30_000)],
      ],
      [
        'dates',
        [
          new Date(0),
          new Date(1),
          new Date(-1),
          new Date(1_700_000_000_123),
          new Date('2200-02-03T04:05:06.789Z'),
        ],
      ],
      [
        'dates at the limits',
        [new Date(8.64e15), new Date(-8.64e15), new Date(2 ** 32 * 1000), new Date('0001-01-01')],
      ],
      ['arrays', [[], [[]], Array.from({ length: 100 }, (_, i) => i)]],
      ['nested objects', { a: { b: { c: { d: [{ e: null }] } } }, f: {} }],
      ['an object with many keys', Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]))],
      ['odd keys', { '': 1, 'a b': 2, ü: 3, '0': 4, constructor: 5, toString: 6, hasOwnProperty: 7 }],
      [
        'maps',
        new Map<unknown, unknown>([
          ['a', 1],
          [1, 'a'],
          [{ k: 1 }, new Map([['x', new Map()]])],
        ]),
      ],
      [
        'maps in arrays and objects',
        [{ m: new Map([[1, 2]]) }, [new Map()], { deep: { er: new Map([[null, null]]) } }],
      ],
      ['sets', new Set<unknown>([1, 'a', new Set([2]), { a: 1 }, new Map([[1, new Set()]])])],
      ['bytes', [new Uint8Array(0), new Uint8Array([1, 2, 3]), new Uint8Array(70_000).fill(7)]],
      [
        'other views',
        [
          new Float64Array([1.5]),
          new BigInt64Array([-1n]),
          new Int8Array([-1]),
          new DataView(new ArrayBuffer(2)),
        ],
      ],
      ['an ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
      ['undefined in arrays', [undefined, 1, undefined]],
    ])('%s survive', (_, value) => {
      expect(travel(schema, { value }, named)).toStrictEqual({ value });
    });

    it('undefined is told from absent', () => {
      expect(travel(schema, undefined, named)).toBeUndefined();
      const there = travel(schema, { value: undefined }, named) as object;
      expect(Object.keys(there)).toEqual(['value']);
      expect(Object.keys(travel(schema, {}, named) as object)).toEqual([]);
    });

    it('an invalid date stays one', () => {
      const { value } = travel(schema, { value: new Date(Number.NaN) }, named) as { value: Date };
      expect(value.getTime()).toBeNaN();
    });

    it('bytes arrive as Uint8Array of their own memory, also where they were a Buffer', () => {
      for (const sent of [Buffer.from('abc'), new Uint8Array([97, 98, 99]), Buffer.alloc(5000, 97)]) {
        const { value } = travel(schema, { value: sent }, named) as { value: Uint8Array };
        expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype);
        expect(value.buffer.byteLength).toBe(value.byteLength);
        expect([...value]).toEqual([...sent]);
      }
    });

    it('instances of classes arrive as plain objects of their own properties', () => {
      class Point {
        readonly x = 1;
        readonly inner = new Map([[1, 2]]);
        length(): number {
          return this.x;
        }
      }
      expect(travel(schema, { value: new Point() }, named)).toStrictEqual({
        value: { x: 1, inner: new Map([[1, 2]]) },
      });
      expect(travel(schema, { value: Object.assign(Object.create(null), { a: 1 }) }, named)).toEqual({
        value: { a: 1 },
      });
    });
  });
});

describe('values', () => {
  it('are not changed by being sent', () => {
    const value = { list: [new Map([[1, { a: new Set([new Map()]) }]])], other: { a: 1 } };
    const before = structuredClone(value);
    inputBytes(codecOf(z.unknown()), value);
    expect(value).toStrictEqual(before);
  });

  it('of a Map are told from objects by the contract that says Map', () => {
    const schema = z.object({ tags: z.map(z.string(), z.number()), plain: z.record(z.string(), z.number()) });
    const value = { tags: new Map([['a', 1]]), plain: { a: 1 } };
    expect(travel(schema, value)).toStrictEqual(value);
  });

  it('of a Map may be behind keys that the contract does not name', () => {
    const value = { a: 'x', more: new Map([['a', 1]]) };
    expect(travel(z.looseObject({ a: z.string() }), value)).toStrictEqual(value);
  });

  it('that are absent take no bytes', () => {
    expect(inputBytes(codecOf(z.string().optional()), undefined)).toHaveLength(0);
  });

  it('stay what they are in messages of every small length', () => {
    const codec = codecOf(z.string());
    for (let length = 0; length < 1200; length++) {
      const text = String.fromCharCode(97 + (length % 26)).repeat(length);
      const message = inputBytes(codec, text);
      expect(codec.decodeInput(0, message, 0, message.length)).toBe(text);
    }
  });

  it.each([5, 31, 40, 70, 255, 300, 70_000])(
    'may begin with a byte order mark, %d characters long',
    (length) => {
      const text = `\uFEFF${'a'.repeat(length - 1)}`;
      const values = [
        text,
        { [text]: text },
        `\uFEFF${text}`,
        Buffer.from(text),
        BigInt(`0xefbbbf${'00'.repeat(length)}`),
      ];
      expect(travel(z.unknown(), values)).toStrictEqual([
        ...values.slice(0, 3),
        new Uint8Array(Buffer.from(text)),
        values[4],
      ]);
    },
  );

  it('can be megabytes', () => {
    const value = {
      rows: Array.from({ length: 50_000 }, (_, i) => ({ id: i, name: `row ${i}`, big: 'x'.repeat(100) })),
    };
    const schema = z.object({
      rows: z.array(z.object({ id: z.number(), name: z.string(), big: z.string() })),
    });
    expect(JSON.stringify(travel(schema, value))).toBe(JSON.stringify(value));
    const bytes = new Uint8Array(9_000_000).fill(3);
    const arrived = travel(z.object({ bytes: z.instanceof(Uint8Array) }), { bytes }) as { bytes: Uint8Array };
    expect(Buffer.compare(arrived.bytes, bytes)).toBe(0);
  });
});

describe('errors with data', () => {
  it('carry reason and data', () => {
    const codec = codecOf(z.object({ sku: z.string(), left: z.map(z.string(), z.bigint()).optional() }));
    for (const data of [{ sku: 'a' }, { sku: 'a', left: new Map([['x', 1n]]) }, undefined]) {
      const { bytes, start, end } = codec.encodeErrorData(0, 'R', data);
      const message = bytes.slice(start, end);
      expect(codec.decodeErrorData(0, message, 0, message.length)).toEqual({ reason: 'R', data });
    }
  });

  it.each([
    ['nothing', []],
    ['a number', [7]],
    ['a list without a reason', [0x91, 7]],
    ['half a string', [0x91, 0xa5, 97]],
  ])('are INTERNAL when the bytes are %s', (_, bytes) => {
    expect(() => codecOf(z.string()).decodeErrorData(0, Uint8Array.from(bytes), 0, bytes.length)).toThrow(
      /INTERNAL: echo\/m: the error data that came back cannot be decoded/,
    );
  });
});
