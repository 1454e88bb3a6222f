import fc from 'fast-check';
import { expect, it } from 'vitest';
import { schemaOf } from './law/subject.js';
import { schemaText } from './schemas/schema.js';

/** Every kind of zod's schemas that can travel, as their definitions call it. */
const KINDS = [
  'any',
  'array',
  'bigint',
  'boolean',
  'catch',
  'custom',
  'date',
  'default',
  'enum',
  'intersection',
  'lazy',
  'literal',
  'map',
  'nan',
  'never',
  'nonoptional',
  'null',
  'nullable',
  'number',
  'object',
  'optional',
  'pipe',
  'prefault',
  'readonly',
  'record',
  'set',
  'string',
  'success',
  'template_literal',
  'transform',
  'tuple',
  'undefined',
  'union',
  'unknown',
  'void',
];
/** Further constructors that share a kind with others. */
const TRAITS = [
  'ZodExactOptional',
  'ZodCodec',
  'ZodPreprocess',
  'ZodDiscriminatedUnion',
  'ZodXor',
  'ZodNumberFormat',
  'ZodBigIntFormat',
  'ZodStringFormat',
  'ZodInstanceOf',
];
const SCHEMAS = 1500;
const SEED = 1;

it('the schemas made by chance are of every kind', () => {
  const found = new Set<string>();
  let unbuilt = 0;
  for (const text of fc.sample(schemaText, { seed: SEED, numRuns: SCHEMAS })) {
    const schema = schemaOf(text);
    if (schema === undefined) unbuilt++;
    else collect(schema, found, new Set());
  }
  expect([...KINDS, ...TRAITS].filter((kind) => !found.has(kind))).toEqual([]);
  // What zod refuses to build is time lost.
  expect(unbuilt).toBeLessThan(SCHEMAS / 20);
});

/** Some recursive schemas are new ones at each level. */
const MAX_DEPTH = 12;

/** Adds the kinds and traits of a schema and of what it is made of. */
function collect(value: unknown, found: Set<string>, seen: Set<unknown>, depth = 0): void {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  const { _zod } = value as {
    _zod?: { def: Readonly<Record<string, unknown>>; traits?: ReadonlySet<string> };
  };
  if (_zod === undefined) {
    // A list of options or items, or a shape.
    for (const part of Object.values(value)) if (hasSchemas(part)) collect(part, found, seen, depth + 1);
    return;
  }
  found.add(String(_zod.def.type));
  for (const trait of _zod.traits ?? []) found.add(trait);
  for (const part of Object.values(_zod.def)) collect(part, found, seen, depth + 1);
}

function hasSchemas(part: unknown): boolean {
  return typeof part === 'object' && part !== null && '_zod' in part;
}
