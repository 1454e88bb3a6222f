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
