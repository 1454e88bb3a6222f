import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Packr } from 'msgpackr/pack';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { structuresOf } from '../../src/codec/structures.js';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { codecOf, echoService, inputBytes, travel } from './support.js';

setFlagsFromString('--expose_gc');
const collectGarbage = runInNewContext('gc') as () => void;

const structures = (schema: StandardSchema) => structuresOf(describeService(echoService(schema)));
/** Whether any of these keys stands in the message. */
const hasKeys = (message: Uint8Array, keys: readonly string[]) =>
  keys.some((key) => Buffer.from(message).includes(key));

describe('structures', () => {
  it('are the key lists of all objects, in the contract’s order', () => {
    const schema = z.object({
      zip: z.string(),
      list: z.array(z.object({ b: z.string(), a: z.number() })),
      either: z.union([z.object({ left: z.string() }), z.object({ right: z.string() })]),
      map: z.map(z.string(), z.object({ value: z.string() })),
      tuple: z.tuple([z.object({ first: z.string() })], z.object({ rest: z.string() })),
    });
    expect(structures(schema)).toEqual(
      expect.arrayContaining([
        ['zip', 'list', 'either', 'map', 'tuple'],
        ['b', 'a'],
        ['left'],
        ['right'],
        ['value'],
        ['first'],
        ['rest'],
      ]),
    );
  });

  it('have further lists without keys that may be absent, after the full ones', () => {
    const schema = z.object({
      a: z.string(),
      b: z.string().optional(),
      c: z.object({ d: z.string().optional() }).optional(),
    });
    expect(structures(schema)).toEqual([['a', 'b', 'c'], ['d'], ['a', 'c'], ['a', 'b'], ['a'], []]);
  });

  it('do not explode where many keys may be absent', () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const schema = z.object({
      must: z.string(),
      ...Object.fromEntries(keys.map((key) => [key, z.string().optional()])),
    });
    expect(structures(schema)).toEqual([['must', ...keys], ['must']]);
  });

  it('of an intersection have the keys of all parts', () => {
    const schema = z
      .object({ a: z.string() })
      .and(z.object({ b: z.string() }).and(z.object({ a: z.string(), c: z.string().optional() })));
    expect(structures(schema)).toEqual(
      expect.arrayContaining([
        ['a', 'b', 'c'],
        ['a', 'b'],
      ]),
    );
  });

  it('are the same for contracts with equal fingerprints', () => {
    const one = () =>
      z.object({
        a: z.object({ x: z.string() }),
        b: z.array(z.object({ x: z.string(), y: z.string().optional() })),
      });
    const X = z.object({ x: z.string() });
    const other = z.object({ a: X.describe('words'), b: z.array(X.extend({ y: z.string().optional() })) });
    expect(describeService(echoService(other)).fingerprint).toBe(
      describeService(echoService(one())).fingerprint,
    );
    expect(structures(other)).toEqual(structures(one()));
  });

  it('end somewhere', () => {
    const wide = z.object(
      Object.fromEntries(
        Array.from({ length: 3000 }, (_, i) => [`k${i}`, z.object({ [`only${i}`]: z.string() })]),
      ),
    );
    expect(structures(wide)).toHaveLength(1024);
    const value = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`k${i}`, { [`only${i}`]: 'x' }]),
    );
    expect(travel(wide, value)).toEqual(value);
  });
});

describe('an object of the contract', () => {
  const Order = z.object({
    id: z.string(),
    items: z.array(z.object({ sku: z.string(), quantity: z.number(), note: z.string().optional() })),
    customer: z.object({ name: z.string(), address: z.string().optional() }).optional(),
  });
  const keys = ['items', 'sku', 'quantity', 'note', 'customer', 'address'];

  it.each<[string, unknown]>([
    [
      'all keys',
      { id: 'a', items: [{ sku: 's', quantity: 1, note: 'n' }], customer: { name: 'x', address: 'y' } },
    ],
    ['some keys', { id: 'a', items: [{ sku: 's', quantity: 1 }], customer: { name: 'x' } }],
    ['an undefined key', { id: 'a', items: [{ sku: 's', quantity: 1, note: undefined }] }],
  ])('with %s travels without any key', (_, value) => {
    const message = inputBytes(codecOf(Order), value);
    expect(hasKeys(message, keys)).toBe(false);
    expect(travel(Order, value)).toStrictEqual(value);
  });

  it.each<[string, unknown]>([
    ['in another order', { items: [{ quantity: 1, sku: 's' }], id: 'a' }],
    [
      'with keys that the contract does not know',
      { id: 'a', more: 1, items: [{ sku: 's', quantity: 1, more: 2 }] },
    ],
    ['without keys that it asks for', { items: [{}] }],
    [
      'both ways in one message',
      {
        id: 'a',
        items: [
          { sku: 's', quantity: 1 },
          { quantity: 2, sku: 't' },
          { sku: 'u', quantity: 3 },
        ],
      },
    ],
  ])('%s travels by names', (_, value) => {
    expect(travel(Order, value)).toStrictEqual(value);
    expect(Object.keys(travel(Order, value) as object)).toEqual(Object.keys(value as object));
  });

  it('is larger by its keys where the contracts differ', () => {
    const value = { id: 'a', items: [{ sku: 's', quantity: 1 }] };
    expect(inputBytes(codecOf(Order, true), value).length).toBeGreaterThan(
      inputBytes(codecOf(Order), value).length + 10,
    );
    expect(travel(Order, value, true)).toStrictEqual(value);
  });

  it('is decoded by names by a contract with other keys', () => {
    const Older = z.object({
      id: z.string(),
      items: z.array(z.object({ sku: z.string(), quantity: z.number() })),
    });
    const value = { id: 'a', items: [{ sku: 's', quantity: 1, note: 'n' }] };
    const message = inputBytes(codecOf(Order, true), value);
    expect(codecOf(Older, true).decodeInput(0, message, 0, message.length)).toStrictEqual(value);
  });
});

describe.each([1, 31, 32, 33, 40, 63, 64, 65, 96, 97, 200, 1000])('with %d records', (count) => {
  it('each keeps its own', () => {
    const shapes = Array.from({ length: count - 1 }, (_, i) => z.object({ [`key${i}`]: z.number() }));
    const schema = z.object({ list: z.array(shapes.length === 0 ? z.number() : z.union(shapes)) });
    expect(structures(schema)).toHaveLength(count);
    const value = { list: shapes.map((_, i) => ({ [`key${i}`]: i })) };
    const message = inputBytes(codecOf(schema), value);
    expect(hasKeys(message, ['key', 'list'])).toBe(false);
    // Several times over: the library compiles a reader for a record that is read often.
    for (let i = 0; i < 5; i++) expect(travel(schema, value)).toStrictEqual(value);
    const codec = codecOf(schema);
    for (let i = 0; i < 5; i++) expect(codec.decodeInput(0, message, 0, message.length)).toStrictEqual(value);
  });
});

describe('the encoder', () => {
  it('learns nothing from what it encodes: a peer that never saw a message can read the next', () => {
    const schema = z.object({ a: z.string(), any: z.unknown() });
    const sender = codecOf(schema);
    for (let i = 0; i < 100; i++) inputBytes(sender, { a: 'x', any: { [`new${i}`]: { deeper: i } } });
    const value = { a: 'x', any: { new1: { deeper: 1 }, deeper: 2 } };
    const message = inputBytes(sender, value);
    expect(codecOf(schema).decodeInput(0, message, 0, message.length)).toStrictEqual(value);
    expect(message).toEqual(inputBytes(codecOf(schema), value));
  });

  it('forgets the keys of objects that it has met', () => {
    const codec = codecOf(z.record(z.string(), z.number()));
    const send = (from: number) => {
      for (let i = from; i < from + 20_000; i++)
        inputBytes(codec, { [`a key that never comes again ${i}`]: i, more: 1 });
    };
    send(0);
    const before = used();
    send(20_000);
    send(40_000);
    send(60_000);
    // 60,000 such keys would take some 30 MB.
    expect(used() - before).toBeLessThan(12_000_000);
  });

  it('forgets them also where it could not finish', () => {
    const codec = codecOf(z.record(z.string(), z.unknown()));
    const fail = (round: number) => {
      for (let i = 0; i < 2000; i++) {
        const keys = Array.from({ length: 20 }, (_, k) => [
          `a key that never comes again ${round} ${i} ${k}`,
          1,
        ]);
        try {
          codec.encodeInput(0, { ...Object.fromEntries(keys), fails: Symbol('s') });
        } catch {}
      }
    };
    fail(0);
    const before = used();
    fail(1);
    // 40,000 such keys would take some 10 MB.
    expect(used() - before).toBeLessThan(4_000_000);
  });

  it('is one for each service, whoever asks', () => {
    const service = echoService(z.string());
    const codec = createMsgpackCodec(service, { named: false });
    expect(createMsgpackCodec(service, { named: false })).toBe(codec);
    expect(createMsgpackCodec(service, { named: true })).not.toBe(codec);
    expect(createMsgpackCodec(echoService(z.string()), { named: false })).not.toBe(codec);
  });

  it('gives large buffers back', () => {
    const codec = codecOf(z.instanceof(Uint8Array));
    codec.encodeInput(0, new Uint8Array(8_000_000));
    const { bytes } = codec.encodeInput(0, new Uint8Array(10));
    expect(bytes.length).toBeLessThan(100_000);
  });

  it('leaves a value alone that another encode interrupts', () => {
    const codec = codecOf(z.unknown());
    const nested = {
      before: 'b',
      get inner(): number {
        return inputBytes(codec, { some: 'thing', else: [1, 2, 3] }).length;
      },
      after: 'a',
    };
    const message = inputBytes(codec, nested);
    expect(codec.decodeInput(0, message, 0, message.length)).toEqual({
      before: 'b',
      inner: inputBytes(codec, { some: 'thing', else: [1, 2, 3] }).length,
      after: 'a',
    });
  });
});

describe('methods without a schema', () => {
  const service = defineService('s', {
    input: { input: z.string() },
    none: {},
    output: { output: z.string() },
  });
  const codec = createMsgpackCodec(service, { named: false });
  const [, none, output] = [service.input.id, service.none.id, service.output.id];

  it('take no bytes', () => {
    for (const id of [none, output]) expect(codec.encodeInput(id, undefined).end).toBe(0);
    expect(codec.encodeOutput(none, 'ignored').end).toBe(0);
    expect(codec.decodeInput(none, Uint8Array.of(7), 0, 1)).toBeUndefined();
    expect(codec.decodeOutput(none, Uint8Array.of(7), 0, 1)).toBeUndefined();
  });

  it('refuse an input', () => {
    expect(() => codec.encodeInput(none, { timeoutMs: 5 })).toThrow(
      'INVALID_ARGUMENT: s/none: takes no input (options are the second argument)',
    );
  });

  it('that are none are UNIMPLEMENTED', () => {
    for (const id of [-1, 3, Number.NaN])
      expect(() => codec.decodeInput(id, new Uint8Array(1), 0, 1)).toThrow(/UNIMPLEMENTED/);
  });
});

describe('beside user code that has the same copy of the library', () => {
  it('neither disturbs the other', () => {
    const theirs = new Packr({ useRecords: false });
    const codec = codecOf(z.object({ a: z.string() }));
    const first = theirs.pack({ mine: 'x'.repeat(50) });
    const before = Buffer.from(first);
    const message = inputBytes(codec, { a: 'y'.repeat(3000) });
    const second = theirs.pack({ mine: 'z' });
    inputBytes(codec, { a: 'w'.repeat(100) });
    expect(first.equals(before)).toBe(true);
    expect(theirs.unpack(second)).toEqual({ mine: 'z' });
    expect(codec.decodeInput(0, message, 0, message.length)).toEqual({ a: 'y'.repeat(3000) });
  });

  it('uses a buffer of theirs only behind their data', () => {
    const theirs = new Packr({ useRecords: false });
    const own = Buffer.alloc(16_384);
    theirs.useBuffer(own);
    const first = theirs.pack('abc');
    const codec = codecOf(z.object({ a: z.string() }));
    const message = inputBytes(codec, { a: 'y' });
    expect(first.toString('latin1')).toBe('\xa3abc');
    expect(codec.decodeInput(0, message, 0, message.length)).toEqual({ a: 'y' });
  });
});

function used(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}
