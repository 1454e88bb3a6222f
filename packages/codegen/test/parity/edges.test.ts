import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkCase, generated } from './law/law.js';
import { BIGINTS, NUMBERS, TIMES } from './values/odd.js';
import { EDGES } from './values/texts.js';

/** Code points and UTF-16 units differ in these. */
const pairs = [
  '',
  'a',
  '😀',
  '😀a',
  'ab',
  '😀😀',
  'a😀b',
  '\ud83d',
  '\ud83da',
  '\ude00\ud83d',
  'abc',
  '😀😀😀',
];
/** A pattern that remembers where it was must not: these come one after the other. */
const remembered = ['x', 'ay', 'x', 'xx', 'ax', '12', 'a12', '12', '1', 'x'];
const texts = EDGES.flatMap((length) => ['a', 'ÿ', '日', '\ud800'].map((each) => each.repeat(length)));

/** Schemas, each with all values that are at an edge of it. */
const cases: readonly (readonly [string, z.ZodType, readonly unknown[]])[] = [
  ['at least two characters', z.string().min(2), pairs],
  ['at most two characters', z.string().max(2), pairs],
  ['just two characters', z.string().length(2), pairs],
  ['two to three characters', z.object({ a: z.string().min(2).max(3) }), pairs.map((a) => ({ a }))],
  ['a sticky pattern', z.string().regex(/[xyz]/y), remembered],
  ['a global pattern', z.string().regex(/\d{2}/g), remembered],
  ['texts of all lengths', z.object({ a: z.string() }), texts.map((a) => ({ a }))],
  ['keys of all lengths', z.record(z.string(), z.null()), texts.map((key) => ({ [key]: null }))],
  ...[z.number(), z.int(), z.int32(), z.uint32(), z.float32(), z.number().multipleOf(0.1), z.any()].map(
    (schema, i) => [`numbers ${i}`, schema, NUMBERS] as const,
  ),
  ...[z.bigint(), z.int64(), z.uint64(), z.bigint().multipleOf(5n), z.unknown()].map(
    (schema, i) => [`bigints ${i}`, schema, BIGINTS] as const,
  ),
  ['dates', z.date(), [...TIMES, Number.NaN].map((ms) => new Date(ms))],
  [
    'lists of all lengths',
    z.array(z.boolean()),
    EDGES.filter((n) => n < 5000).map((n) => Array(n).fill(true)),
  ],
  ['bytes of all lengths', z.instanceof(Uint8Array), EDGES.map((length) => new Uint8Array(length).fill(7))],
];

describe('at their edges codecs keep the law', () => {
  it.each(cases)('%s', (name, schema, values) => {
    const subject = generated(schema, name);
    for (const [i, value] of values.entries()) {
      expect(() => checkCase(subject, () => structuredClone(value), i)).not.toThrow();
    }
  });
});
