import { defineService, RpcError } from '@doorcall/core';
import { REJECTED, type ServiceCodec } from '@doorcall/core/generated';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { compileCodec } from '../../src/codec/compile.js';
import { emitCodec } from '../../src/codec/index.js';

/** The example of docs/codegen-format.md. */
const orders = defineService('orders', {
  place: {
    input: z.object({
      sku: z.string().max(40),
      quantity: z.int().positive(),
      note: z.string().optional(),
      currency: z.enum(['EUR', 'USD']),
    }),
    output: z.object({ id: z.string() }),
    errors: { OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: z.object({ sku: z.string() }) } },
  },
});
const codec = compileCodec(orders);
const order = { sku: 'abc', quantity: 300, currency: 'USD' };

function encode(of: ServiceCodec, value: unknown): Uint8Array {
  const { bytes, start, end } = of.encodeInput(0, value);
  return Uint8Array.from(bytes.subarray(start, end));
}

test('the example in the docs is what is written', () => {
  expect(Buffer.from(encode(codec, order)).toString('hex')).toBe('000c616263e12c0101');
});

test('what is not of the structure describes itself, and is left to zod', () => {
  const bytes = encode(codec, { ...order, quantity: 'many' });
  expect(bytes[0]).toBe(1);
  expect(codec.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  expect(codec.decodeInput(0, bytes, 0, bytes.length)).toEqual({ ...order, quantity: 'many' });
});

test('what is not valid is refused, and can be read for zod to say why', () => {
  const bytes = encode(codec, { ...order, quantity: -1 });
  expect(bytes[0]).toBe(0);
  expect(codec.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  expect(codec.decodeInput(0, bytes, 0, bytes.length)).toEqual({ ...order, quantity: -1 });
});

test('damaged bytes are refused with an error that names the method', () => {
  const bytes = encode(codec, order);
  for (let end = 1; end < bytes.length; end++) {
    expect(codec.parseInput?.(0, bytes, 0, end)).toBe(REJECTED);
    expect(() => codec.decodeInput(0, bytes, 0, end)).toThrow(RpcError);
  }
  const longer = Uint8Array.from([...bytes, 0]);
  expect(codec.parseInput?.(0, longer, 0, longer.length)).toBe(REJECTED);
  expect(() => codec.decodeInput(0, longer, 0, longer.length)).toThrow(/orders\.place|orders\/place/);
});

test('error data travels with its reason', () => {
  const { bytes, start, end } = codec.encodeErrorData(0, 'OUT_OF_STOCK', { sku: 'abc' });
  const body = Uint8Array.from(bytes.subarray(start, end));
  expect(body[0]).toBe(0);
  expect(codec.decodeErrorData(0, body, 0, body.length)).toEqual({
    reason: 'OUT_OF_STOCK',
    data: { sku: 'abc' },
  });
  expect(() => codec.decodeErrorData(0, body, 0, body.length - 1)).toThrow(RpcError);
});

test('a value with a getter that makes another message does not disturb its own', () => {
  const value = {
    get sku() {
      codec.encodeInput(0, { ...order, sku: 'another' });
      return 'abc';
    },
    quantity: 300,
    currency: 'USD',
  };
  expect(Buffer.from(encode(codec, value)).toString('hex')).toBe('000c616263e12c0101');
});

test('the hash tells the order of fields and of literals, and nothing of checks', () => {
  const hash = (input: z.ZodType) =>
    emitCodec(defineService('s', { m: { input } }), { typed: false, contract: 'c' }).hash;
  const base = hash(z.object({ a: z.string(), b: z.enum(['x', 'y']) }));
  expect(hash(z.object({ a: z.string().max(3), b: z.enum(['x', 'y']) }))).toBe(base);
  expect(hash(z.object({ b: z.enum(['x', 'y']), a: z.string() }))).not.toBe(base);
  expect(hash(z.object({ a: z.string(), b: z.enum(['y', 'x']) }))).not.toBe(base);
  expect(hash(z.object({ a: z.string().optional(), b: z.enum(['x', 'y']) }))).not.toBe(base);
});

test('what cannot travel is a diagnostic with its place and a hint', () => {
  const service = defineService('s', {
    m: {
      input: z.object({ items: z.array(z.object({ done: z.function() })) }) as never,
      output: z.custom<Date>(),
    },
  });
  const { diagnostics } = emitCodec(service, { typed: false, contract: 'c' });
  expect(diagnostics).toEqual([
    {
      severity: 'error',
      service: 's',
      method: 'm',
      side: 'input',
      path: 'items[].done',
      reason: 'a value of z.function() cannot travel',
      hint: 'leave it out of the contract',
    },
    {
      severity: 'error',
      service: 's',
      method: 'm',
      side: 'output',
      path: '',
      reason: 'what z.custom() accepts is not known, so it cannot travel',
      hint: 'use z.codec() with a schema that can travel on the side that travels',
    },
  ]);
});

test('a result is validated while it is written, and left to zod when it is not valid', () => {
  const service = defineService('s', {
    m: {
      output: z.object({
        id: z.string().min(2),
        tags: z.array(z.enum(['a', 'b'])).max(2),
        at: z.date().optional(),
        size: z.int().nullable(),
      }),
    },
    n: { output: z.object({ id: z.string().default('x') }) },
    o: { output: z.object({ bytes: z.instanceof(Uint8Array).readonly() }) },
  });
  const own = compileCodec(service);
  const valid = { id: 'abc', tags: ['a'], size: 3, extra: 'dropped' };
  const bytes = Uint8Array.from(own.encodeValidOutput?.(0, valid)?.bytes ?? []);
  expect(own.decodeOutput(0, bytes, 0, own.encodeValidOutput?.(0, valid)?.end ?? 0)).toEqual({
    id: 'abc',
    tags: ['a'],
    size: 3,
  });
  const refused = [
    { id: 'a' },
    { tags: ['c'] },
    { tags: ['a', 'a', 'a'] },
    { at: new Date(Number.NaN) },
    { size: 0.5 },
  ];
  for (const change of refused) expect(own.encodeValidOutput?.(0, { ...valid, ...change })).toBeUndefined();
  // A default is for zod to fill in.
  expect(own.encodeValidOutput?.(1, {})).toBeUndefined();
  // zod throws when it has to freeze bytes.
  expect(own.encodeValidOutput?.(2, { bytes: new Uint8Array(1) })).toBeUndefined();
});

test('texts of every form and size arrive as they are', () => {
  const own = compileCodec(defineService('s', { m: { input: z.string() } }));
  for (const unit of ['a', 'é', '€', '😀', '\ud800']) {
    for (const length of [
      0, 1, 15, 16, 17, 31, 32, 47, 48, 49, 127, 128, 4095, 4096, 4097, 40_000, 600_000,
    ]) {
      const text = unit.repeat(length);
      const bytes = encode(own, text);
      expect(
        own.parseInput?.(0, bytes, 0, bytes.length) === text,
        `${length} × ${JSON.stringify(unit)}`,
      ).toBe(true);
    }
  }
});

test('every class of the language that travels by MessagePack describes itself, too', () => {
  const own = compileCodec(defineService('s', { m: { input: z.any() } }));
  class Point {
    constructor(readonly x: number) {}
  }
  const value = {
    views: [
      new Float64Array([1.5]),
      new BigInt64Array([-1n]),
      new DataView(new ArrayBuffer(3)),
      new Int8Array([1]),
    ],
    buffer: new ArrayBuffer(2),
    pattern: /a+/gi,
    error: new RangeError('far', { cause: [1] }),
    maps: new Map<unknown, unknown>([
      [new Set([-0]), Object.defineProperty({}, '__proto__', { value: 1, enumerable: true })],
    ]),
    point: new Point(3),
  };
  const bytes = encode(own, value);
  const read = own.parseInput?.(0, bytes, 0, bytes.length) as typeof value;
  expect(read).toEqual({ ...value, point: { x: 3 } });
  expect(read.error).toBeInstanceOf(RangeError);
  expect(Object.getPrototypeOf([...read.maps.values()][0])).toBe(Object.prototype);
  for (const odd of [() => 1, Symbol('s'), Promise.resolve(), new WeakMap(), { a: [new URL('http://a')] }]) {
    expect(() => encode(own, odd)).toThrow(RpcError);
  }
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect(() => encode(own, cycle)).toThrow(/circular/);
});

test('layers around the object that is the message do not change its first byte', () => {
  const inner = z.object({ a: z.string().optional(), b: z.int() });
  for (const input of [
    inner.readonly(),
    inner.refine(() => true),
    inner.transform((value) => value),
    z.lazy(() => inner),
  ]) {
    const own = compileCodec(defineService('s', { m: { input } }));
    const bytes = encode(own, { b: 3 });
    expect([...bytes]).toEqual([0, 3]);
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toEqual({ b: 3 });
    expect(own.parseInput?.(0, Uint8Array.of(...bytes, 3), 0, 3)).toBe(REJECTED);
  }
});

test('a key that every object inherits travels, and its absence is left to zod', () => {
  const own = compileCodec(
    defineService('s', { m: { input: z.object({ toString: z.string().optional() }) } }),
  );
  expect(own.decodeInput(0, encode(own, { toString: 'x' }), 0, 3)).toEqual({ toString: 'x' });
  const bytes = encode(own, Object.create(null));
  expect(own.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  expect(own.decodeInput(0, bytes, 0, bytes.length)).toEqual({});
});

test('all sizes of a message together are no larger than it', () => {
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree);
    },
  });
  const own = compileCodec(defineService('s', { m: { input: Tree } }));
  const bytes = new Uint8Array(4096).fill(0xff);
  bytes[0] = 0;
  // An array of nearly all that is left, whose first item has one of nearly all that is left, and so on.
  let at = 1;
  let levels = 0;
  for (; at + 3 < 2048; levels++) {
    const left = bytes.length - at - 3;
    bytes.set([0, (left & 0x7f) | 0x80, left >> 7], at);
    at += 3;
  }
  expect(levels).toBeGreaterThan(100);
  const made: number[] = [];
  const { Array: RealArray } = globalThis;
  const CountingArray = new Proxy(RealArray, {
    construct: (target, [length]: [number]) => {
      made.push(length);
      return Reflect.construct(target, [length]) as object;
    },
  });
  globalThis.Array = CountingArray;
  try {
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  } finally {
    globalThis.Array = RealArray;
  }
  expect(made.length).toBeGreaterThan(0);
  expect(made.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(bytes.length);
});

test('members of sets whose hashes are all the same are few', () => {
  const wide = (count: number) => new Set(Array.from({ length: count }, (_, i) => BigInt(i + 1) << 64n));
  for (const input of [z.set(z.bigint()), z.any()]) {
    const own = compileCodec(defineService('s', { m: { input } }));
    const bytes = encode(own, wide(1024));
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toEqual(wide(1024));
    expect(() => encode(own, wide(1025))).toThrow(RpcError);
  }
  const own = compileCodec(defineService('s', { m: { input: z.object({ a: z.string() }) } }));
  // As a hostile client writes it: a described set of 1025 integers of which only the high part differs.
  const hostile = [1, 0x0c, 0x81, 0x08];
  for (let i = 1; i <= 1025; i++) hostile.push(6, 0, 10, i >> 8, i & 0xff, 0, 0, 0, 0, 0, 0, 0, 0);
  expect(() => own.decodeInput(0, Uint8Array.from(hostile), 0, hostile.length)).toThrow(RpcError);
});

test('checks that are not looked at while writing leave a result to zod', () => {
  const cases: readonly (readonly [z.ZodType, unknown])[] = [
    [z.tuple([z.string()], z.number()).check(z.minLength(2) as never), ['a']],
    [z.union([z.string(), z.array(z.string())]).check(z.minLength(2) as never), 'a'],
    [z.literal([1, 9]).check(z.lt(5) as never), 9],
    [z.enum(['a', 'b']).check(z.regex(/a/) as never), 'b'],
    [z.object({ length: z.number() }).check(z.minLength(2) as never), { length: 1 }],
    [z.string().min(Number.NaN), 'a'],
  ];
  for (const [output, value] of cases) {
    expect(output.safeParse(value).success).toBe(false);
    const own = compileCodec(defineService('s', { m: { output, input: output } as never }));
    expect(own.encodeValidOutput?.(0, value)).toBeUndefined();
    const bytes = encode(own, value);
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  }
});

test('a value that changes while it is written is not written wrongly', () => {
  const own = compileCodec(
    defineService('s', { m: { input: z.map(z.string(), z.object({ a: z.string() })) } }),
  );
  const map = new Map<string, unknown>();
  map.set('first', {
    get a() {
      map.delete('second');
      return 'x';
    },
  });
  map.set('second', { a: 'y' });
  const bytes = encode(own, map);
  expect(own.decodeInput(0, bytes, 0, bytes.length)).toEqual(new Map([['first', { a: 'x' }]]));
});

test('what stands in for a value does not pass for another option of a union', () => {
  const odd = z.number().catch({ a: 1 } as never);
  const own = compileCodec(defineService('s', { m: { output: z.union([odd, z.object({}), z.boolean()]) } }));
  const { bytes, start, end } = own.encodeOutput(0, { a: 1 });
  expect(own.decodeOutput(0, Uint8Array.from(bytes.subarray(start, end)), 0, end - start)).toEqual({ a: 1 });
});

test('a format of one’s own is not taken for the one whose name it has', () => {
  const input = z.stringFormat('email', (text: string) => text === 'me');
  const own = compileCodec(defineService('s', { m: { input } }));
  for (const text of ['me', 'me@example.com']) {
    const bytes = encode(own, text);
    const expected = input.safeParse(text).success ? text : REJECTED;
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toBe(expected);
  }
});

test('items that become the same count as what they were', () => {
  const set = z.set(z.coerce.boolean()).size(2);
  const map = z.map(z.string().trim(), z.int()).check(z.maxSize(1) as never);
  for (const [input, value] of [
    [set, new Set([{}, false, undefined])],
    [
      map,
      new Map([
        ['a', 1],
        [' a', 1],
      ]),
    ],
  ] as const) {
    const own = compileCodec(defineService('s', { m: { input } }));
    const bytes = encode(own, value);
    expect(input.safeParse(value).success).toBe(false);
    expect(own.parseInput?.(0, bytes, 0, bytes.length)).toBe(REJECTED);
  }
});
