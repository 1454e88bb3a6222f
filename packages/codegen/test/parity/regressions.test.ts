import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkCase, generated } from './law/law.js';

/** Freezing bytes throws, unless there are none. */
const frozenBytes = z.object({ a: z.instanceof(Uint8Array).optional().readonly() });

/** What once broke the law, as small as it could be made. */
const cases: readonly (readonly [string, z.ZodType, () => unknown])[] = [
  ['a text where an object is due, shorter by a byte', z.object({}), () => ''],
  ['a Map where a number is due', z.object({}).catchall(z.number()), () => ({ a: new Map() })],
  ['a Map where a record is due', z.record(z.string(), z.number()), () => new Map([['a', 1]])],
  ['a Map as what is caught', z.object({ a: z.object({}).catch(() => new Map() as never) }), () => ({})],
  [
    'a Map as a default of texts',
    z.templateLiteral(['a-', z.number()]).default(() => new Map() as never),
    () => undefined,
  ],
  [
    'an unknown key __proto__ of a strict object',
    z.strictObject({ a: z.string() }),
    () => ({ a: '', ['__proto__']: undefined }),
  ],
  [
    'a key __proto__ that a catchall would keep',
    z.object({}).catchall(z.enum(['a'])),
    () => ({ ['__proto__']: 'a' }),
  ],
  ['a key __proto__ of a record', z.record(z.string(), z.number()), () => ({ ['__proto__']: -2 })],
  ['a key __proto__ of anything', z.any(), () => ({ ['__proto__']: { a: 1 } })],
  [
    'half a surrogate beside a structure that is not the schema’s',
    z
      .object({ t: z.string() })
      .loose()
      .default('d' as never),
    () => ({ t: '日本', a: '\ud800' }),
  ],
  ['half a surrogate in a refused key', z.record(z.string(), z.number()), () => ({ '\ud800': undefined })],
  ['a literal that is an object', z.literal([6, { foo: 12 }] as never), () => 6],
  ['what looks like a literal that is an object', z.literal([6, { foo: 12 }] as never), () => ({ foo: 12 })],
  ['a literal that can never arrive', z.literal({ foo: 12 } as never), () => ({ foo: 12 })],
  [
    'a Map beside numbers that travel by MessagePack',
    z.number(),
    () => new Map<unknown, unknown>([[new Float64Array([1.5]), '']]),
  ],
  [
    'a key __proto__ beside numbers that travel by MessagePack',
    z.strictObject({ a: z.any() }),
    () => ({ a: new Float64Array([1]), ['__proto__']: undefined }),
  ],
  [
    'half a surrogate beside a pattern',
    z.any(),
    () => ({ a: /a/, b: '\ud800', c: `${'a'.repeat(70)}\ud83d` }),
  ],
  [
    'a key __proto__ within an instance',
    z.looseObject({ a: z.any() }),
    () => ({ a: {}, ['__proto__']: Object.assign(Object.create({ a: 1 }), { b: 1 }) }),
  ],
  [
    'a Map in an instance',
    z.number(),
    () => new Map([[Object.assign(Object.create({ a: 1 }), { b: 1 }), '']]),
  ],
  [
    'an absent key that Object.prototype has, of an object without prototype',
    z.object({ hasOwnProperty: z.number() }).partial(),
    () => Object.assign(Object.create(null), { a: 1 }),
  ],
  ['recursion behind readonly', recursiveReadonly(), () => ({ value: 'a' })],
  [
    'deeper recursion behind readonly',
    recursiveReadonly(),
    () => ({ value: 'a', next: { value: 'b', next: {} } }),
  ],
  ['bytes that cannot be frozen', frozenBytes, () => ({ a: Uint8Array.of(1) })],
  ['no bytes, which can be frozen', frozenBytes, () => ({ a: Uint8Array.of() })],
  [
    'keys that may all be absent, behind readonly',
    z.object({ a: z.int() }).exactPartial().readonly(),
    () => ({}),
  ],
  [
    'recursion through a clone of a clone',
    recursiveThroughClone().refine((v) => (v as { value: number }).value !== 2),
    () => ({ value: 3, next: [{ value: 2 }] }),
  ],
  [
    'recursion through a clone, which never meets itself',
    recursiveThroughClone(),
    () => ({ value: 2, next: [{ value: 3 }, { value: 1, next: [] }] }),
  ],
  ['a Date where a union of a text and an object refuses it', recursiveUnion(), () => new Date(0)],
  ...[new Map(), new Set(), /a/, new ArrayBuffer(1), new Float64Array(1), Uint8Array.of(1)].map(
    (value) =>
      [
        `a ${value.constructor.name} where a union of a text and an object refuses it`,
        z.union([z.string(), z.object({ a: z.string().prefault(() => [] as never) })]),
        () => structuredClone(value),
      ] as const,
  ),
  [
    'a Date with a key where a union refuses it',
    z.union([
      z.string(),
      z.object({ kind: z.literal('a'), a: z.string().prefault(() => [] as never) }),
      z.object({ kind: z.literal('b') }),
    ]),
    () => Object.assign(new Date(0), { kind: 'a' }),
  ],
];

function recursiveUnion(): z.ZodType {
  const self: z.ZodType = z.lazy(() =>
    z.union([z.string().prefault(() => [] as never), z.object({ next: self })]),
  );
  return self;
}

function recursiveThroughClone(): z.ZodType {
  const self = z.object({
    value: z.number(),
    get next(): z.ZodType {
      return z.array(self.refine((v) => v.value !== 1)).optional();
    },
  });
  return self;
}

function recursiveReadonly(): z.ZodType {
  const self = z.object({
    value: z.enum(['a', 'b']),
    get next(): z.ZodType {
      return self.optional();
    },
  });
  return self.readonly();
}

describe('what once broke the law', () => {
  it.each(cases)('%s', (name, schema, fresh) => {
    for (let poison = 0; poison < 4; poison++) {
      expect(() => checkCase(generated(schema, name), fresh, poison)).not.toThrow();
    }
  });
});
