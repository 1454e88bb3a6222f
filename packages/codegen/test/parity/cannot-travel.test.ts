import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkCase, generated } from './law/law.js';

const circular: Record<string, unknown> = { a: 1 };
circular.self = { list: [circular] };

/** What no codec can carry. */
const strangers: readonly (readonly [string, unknown])[] = [
  ['a function', () => 1],
  ['a class', class Own {}],
  ['a symbol', Symbol('s')],
  ['a circular object', circular],
  ['a promise', Promise.resolve(1)],
  ['a WeakMap', new WeakMap()],
  ['a URL', new URL('http://localhost')],
  ['a boxed text', Object('text')],
  ['an iterator', [1].values()],
  ['a proxy of a function', new Proxy(() => 1, {})],
];

/** Schemas that look at them, each in another way. */
const lookers: readonly (readonly [string, z.ZodType, (stranger: unknown) => unknown])[] = [
  ['any', z.any(), (stranger) => stranger],
  ['any in an object', z.object({ a: z.any() }), (a) => ({ a })],
  ['a text', z.object({ a: z.string() }), (a) => ({ a })],
  ['an object', z.object({ a: z.strictObject({ b: z.int() }) }), (a) => ({ a })],
  ['an array', z.array(z.unknown()), (stranger) => [1, stranger]],
  ['a map', z.map(z.unknown(), z.any()), (stranger) => new Map([[stranger, stranger]])],
  ['a set', z.set(z.unknown()), (stranger) => new Set([stranger])],
  ['a record', z.record(z.string(), z.unknown()), (a) => ({ a })],
  ['a key that is kept', z.looseObject({}), (a) => ({ a })],
  ['a key that is refused', z.strictObject({}), (a) => ({ a })],
  ['a union', z.union([z.string(), z.array(z.any())]), (stranger) => [stranger]],
  ['a transform', z.any().transform(String), (stranger) => stranger],
];

describe.each(strangers)('%s', (_, stranger) => {
  it.each(lookers)('is refused with words where the schema is %s', (name, schema, around) => {
    const { codec } = generated(schema, name);
    const error = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/cannot travel/) as string };
    expect(() => codec.encodeInput(0, around(stranger))).toThrow(expect.objectContaining(error));
    expect(() => codec.encodeOutput(0, around(stranger))).toThrow(
      expect.objectContaining({ ...error, code: 'INTERNAL' }),
    );
    expect(codec.encodeValidOutput?.(0, around(stranger))).toBeUndefined();
    // The codec is as it was.
    expect(() => codec.encodeInput(0, undefined)).not.toThrow();
  });

  it('does not matter where the schema does not look', () => {
    const subject = generated(z.object({ a: z.int() }), 'z.object({ a: z.int() })');
    const { input } = checkCase(subject, () => ({ a: 1, other: stranger }));
    expect(['accepted', 'cannot travel']).toContain(input.verdict);
  });
});
