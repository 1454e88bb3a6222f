import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codecOf, inputBytes } from './support.js';

const circular: Record<string, unknown> = { name: 'c' };
circular.list = [{ back: circular }];
const circularArray: unknown[] = [];
circularArray.push(circularArray);
const circularMap = new Map<string, unknown>();
circularMap.set('me', circularMap);
const circularSet = new Set<unknown>();
circularSet.add([circularSet]);

class OwnMap extends Map<number, number> {}

const offenders: readonly (readonly [string, unknown, string])[] = [
  ['a function', { items: [1, 2, { onDone: () => {} }] }, 'input.items[2].onDone is a function'],
  ['a class', { type: class Foo {} }, 'input.type is a function'],
  ['the value itself', () => {}, 'input is a function'],
  ['a function with toJSON', { f: Object.assign(() => {}, { toJSON: () => 'x' }) }, 'input.f is a function'],
  ['a symbol', { 'a b': [Symbol('s')] }, 'input["a b"][0] is a symbol'],
  ['a circular object', circular, 'input.list[0].back is a circular reference to input'],
  ['a circular array', { a: circularArray }, 'input.a[0] is a circular reference to input.a'],
  ['a circular map', { m: circularMap }, 'input.m.get("me") is a circular reference to input.m'],
  ['a circular set', { s: circularSet }, 'input.s (element 0)[0] is a circular reference to input.s'],
  ['a promise', { later: Promise.resolve(1) }, 'input.later is a Promise'],
  ['a WeakMap', { weak: [new WeakMap()] }, 'input.weak[0] is a WeakMap'],
  ['a WeakRef', { weak: new WeakRef({}) }, 'input.weak is a WeakRef'],
  ['a URL', { url: new URL('http://localhost') }, 'input.url is a URL'],
  ['an iterator', { it: [1].values() }, 'input.it is a Array Iterator'],
  ['a boxed string', { text: new String('x') }, 'input.text is a String'],
  ['shared memory', { shared: new SharedArrayBuffer(1) }, 'input.shared is a SharedArrayBuffer'],
  ['in a map’s key', { m: new Map([[Symbol('s'), 1]]) }, 'input.m (key 0) is a symbol'],
  ['in a map’s value', { m: new Map([[1, () => {}]]) }, 'input.m (value 0) is a function'],
  ['in a set', new Set([1, Symbol('s')]), 'input (element 1) is a symbol'],
  ['behind shared, harmless parts', { a: { shared: [1] }, b: Symbol('s') }, 'input.b is a symbol'],
];

describe.each([
  ['anything', z.unknown()],
  ['an object of known keys', z.object({ items: z.array(z.object({ onDone: z.string().optional() })) })],
])('through a contract of %s', (_, schema) => {
  it.each(offenders)('%s is named by its path', (_, value, problem) => {
    expect(() => inputBytes(codecOf(schema), value)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        origin: 'client',
        maybeExecuted: false,
        method: 'echo/m',
        message: `INVALID_ARGUMENT: echo/m: ${problem}, which cannot travel`,
      }),
    );
  });
});

describe('what cannot be encoded', () => {
  it('because its class is unknown to the other side, although it is bytes', () => {
    class Chunk extends Uint8Array {}
    expect(() => inputBytes(codecOf(z.unknown()), { list: [new Chunk(3)] })).toThrow(
      'input.list[0] is a Chunk, which cannot travel',
    );
  });

  it('in an output is INTERNAL', () => {
    expect(() => codecOf(z.unknown()).encodeOutput(0, { f: () => {} })).toThrow(
      expect.objectContaining({
        code: 'INTERNAL',
        origin: 'server',
        message: 'INTERNAL: echo/m: output.f is a function, which cannot travel',
      }),
    );
  });

  it('in the data of an error is INTERNAL', () => {
    expect(() => codecOf(z.unknown()).encodeErrorData(0, 'R', { f: () => {} })).toThrow(
      'INTERNAL: echo/m: data.f is a function, which cannot travel',
    );
  });

  it.each([
    ['a socket', new Socket(), 'Node shows no descriptor of a Socket'],
    ['a Blob', new Blob(['a']), 'of a Blob, pass its bytes'],
    ['a File', new File(['a'], 'b'), 'of a File, pass its bytes'],
  ])('%s, with what can instead', (_, value, hint) => {
    expect(() => inputBytes(codecOf(z.unknown()), { a: [value] })).toThrow(
      `input.a[0] cannot travel; ${hint}`,
    );
  });

  it('because it is nested too deeply is said so', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(() => inputBytes(codecOf(z.unknown()), deep)).toThrow('input is nested too deeply or too large');
    expect(() => inputBytes(codecOf(z.object({ a: z.string() })), { a: deep })).toThrow(
      'input is nested too deeply',
    );
  });

  it('because a getter throws has that as its cause', () => {
    const cause = new Error('not now');
    const value = {
      get a(): never {
        throw cause;
      },
    };
    expect(() => inputBytes(codecOf(z.unknown()), value)).toThrow(
      expect.objectContaining({
        message: 'INVALID_ARGUMENT: echo/m: input cannot be encoded: not now',
        cause,
      }),
    );
  });

  it('leaves the codec as it was', () => {
    const codec = codecOf(z.object({ a: z.unknown() }));
    const before = inputBytes(codec, { a: [1, { b: 2 }] });
    for (const [, value] of offenders) expect(() => inputBytes(codec, value)).toThrow();
    expect(inputBytes(codec, { a: [1, { b: 2 }] })).toEqual(before);
  });
});

describe('what looks odd but can travel', () => {
  it('is left alone', () => {
    const codec = codecOf(z.unknown());
    const shared = { a: 1 };
    for (const value of [
      { one: shared, two: shared },
      { constructor: 'Ferrari', toString: 'x' },
      { [Symbol('s')]: 1, a: 1 },
      { a: Object.create({ inherited: () => {} }) },
      new OwnMap([[1, 2]]),
    ]) {
      expect(() => inputBytes(codec, value)).not.toThrow();
    }
  });
});
