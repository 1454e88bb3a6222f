import { REJECTED } from '@doorcall/core/generated';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generated } from './law/law.js';
import { copied, placed } from './law/message.js';
import { difference } from './law/same.js';

const later = z.string().refine(async (text) => text.length > 1, 'too short');
const changed = z.string().transform(async (text) => text.length);

/** Schemas of which a part can only judge asynchronously, with values. */
const cases: readonly (readonly [string, z.ZodType, readonly unknown[]])[] = [
  ['at the root', later, ['ab', 'a', 7, undefined]],
  ['in an object', z.object({ a: z.int(), b: later }), [{ a: 1, b: 'ab' }, { a: 1, b: 'a' }, { b: 'ab' }]],
  ['in an array', z.array(changed), [[], ['a', 'bcd'], ['a', 1]]],
  ['in a union', z.union([z.int(), changed]), [1, 'abc', true]],
  ['in a map', z.map(later, changed), [new Map([['ab', 'c']]), new Map([['a', 'c']])]],
  ['in a tuple', z.tuple([later, z.int().optional()]), [['ab'], ['ab', 1], ['a', 'b']]],
  ['behind catch', z.object({ a: later.catch('caught') }), [{ a: 'a' }, { a: 'ab' }, {}]],
  ['behind optional', z.object({ a: later.optional() }), [{}, { a: undefined }, { a: 'a' }, { a: 'ab' }]],
  ['for the whole object', z.object({ a: z.int() }).refine(async ({ a }) => a > 0), [{ a: 1 }, { a: 0 }, {}]],
  ['in a record', z.record(z.string(), changed), [{ a: 'b' }, { a: 1 }]],
  ['behind preprocess', z.preprocess(async (value) => String(value), z.string()), [1, 'a']],
];

describe('a schema that judges asynchronously', () => {
  it.each(cases)('%s is left to zod', async (name, schema, values) => {
    const { codec } = generated(schema, name);
    for (const value of values) {
      const { bytes, start, end } = placed(copied(codec.encodeInput(0, value)), 0);
      const expected = await schema.safeParseAsync(value);
      const parsed = codec.parseInput?.(0, bytes, start, end) ?? REJECTED;
      // A value may be judged at once where the asynchronous part is not asked.
      const found =
        parsed === REJECTED
          ? await schema.safeParseAsync(codec.decodeInput(0, bytes, start, end))
          : { success: true, data: parsed };
      expect(difference(plain(expected), plain(found))).toBeUndefined();
    }
  });

  it('of a result is not judged while it is written', () => {
    for (const [name, schema, values] of cases.slice(0, 3)) {
      const { codec } = generated(schema, name);
      expect(values.map((value) => codec.encodeValidOutput?.(0, value) !== undefined)).not.toContain(true);
    }
  });
});

function plain(result: {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: z.ZodError;
}): unknown {
  return result.success ? { value: result.data } : { issues: result.error?.issues };
}
