import { z } from 'zod';
import { generated } from '../parity/law/law.js';
import type { Subject } from '../parity/law/subject.js';

const address = z.object({
  street: z.string().max(80),
  zip: z.string().regex(/^\d{5}$/),
  country: z.enum(['de', 'fr']),
});

const order = z.object({
  id: z.uuid(),
  customer: z.string().min(1),
  placed: z.date(),
  items: z
    .array(
      z.object({
        sku: z.string(),
        quantity: z.int().positive(),
        price: z.number(),
        note: z.string().optional(),
      }),
    )
    .min(1),
  shipTo: address,
  billTo: address.nullish(),
  paid: z.boolean().default(false),
});

const leaves = z.strictObject({
  text: z.string(),
  number: z.number(),
  int: z.int(),
  int32: z.int32(),
  uint32: z.uint32(),
  float32: z.float32(),
  big: z.bigint(),
  int64: z.int64(),
  yes: z.boolean(),
  nothing: z.null(),
  never: z.never().optional(),
  missing: z.undefined(),
  empty: z.void(),
  nan: z.nan(),
  date: z.date(),
  literal: z.literal(['a', 1, 2n, true]),
  one: z.literal('one'),
  enumeration: z.enum({ A: 0, B: 'b' }),
  template: z.templateLiteral(['v', z.number()]),
  bytes: z.instanceof(Uint8Array),
  email: z.email(),
});

const containers = z.object({
  tuple: z.tuple([z.string(), z.number().optional()], z.boolean()),
  pair: z.tuple([z.string().optional(), z.int().default(3)]),
  map: z.map(z.string(), z.object({ a: z.int() })),
  odd: z.map(z.object({ k: z.bigint() }), z.set(z.string())).optional(),
  set: z.set(z.number()).max(5),
  record: z.record(z.string(), z.number()),
  named: z.record(z.enum(['a', 'b']), z.string().nullable()),
  partial: z.partialRecord(z.enum(['a', 'constructor']), z.int()),
  loose: z.looseRecord(z.string().regex(/^x/), z.int()),
  nested: z.array(z.array(z.array(z.int()))),
});

/** Items that may take no bytes, so that a count alone could ask for any number of them. */
const weightless = z.object({
  undefineds: z.array(z.undefined()),
  nulls: z.set(z.null()),
  ones: z.array(z.literal('one')),
  objects: z.array(z.object({ t: z.literal('t'), u: z.undefined(), v: z.object({ w: z.literal(1) }) })),
  pairs: z.map(z.literal('k'), z.null()),
  rest: z.tuple([z.null()], z.void()),
  others: z.object({}).catchall(z.null()),
});

const unions = z.object({
  kind: z.union([z.string(), z.number(), z.null(), z.array(z.string())]),
  overlapping: z.union([
    z.object({ a: z.string() }),
    z.object({ a: z.string(), b: z.int() }),
    z.strictObject({}),
  ]),
  event: z.discriminatedUnion('type', [
    z.object({ type: z.literal('created'), id: z.int() }),
    z.strictObject({ type: z.literal(['moved', 'copied']), to: z.string() }),
    z.looseObject({ type: z.literal(7), extra: z.unknown() }),
  ]),
  exclusive: z.xor([z.object({ a: z.int() }), z.object({ b: z.int() })]),
  both: z.intersection(z.object({ a: z.string() }), z.looseObject({ b: z.int().optional() })),
});

interface Tree {
  readonly value: string | number;
  readonly left?: Tree | undefined;
  readonly children: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.object({
  value: z.union([z.string(), z.number()]),
  get left() {
    return tree.optional();
  },
  get children() {
    return z.array(tree);
  },
});
const lazy: z.ZodType = z.lazy(() => z.union([z.string(), z.array(lazy), z.record(z.string(), lazy)]));

const absences = z.object({
  optional: z.string().optional(),
  exact: z.string().exactOptional(),
  nullable: z.int().nullable(),
  nullish: z.boolean().nullish(),
  fallback: z.string().default('d'),
  prefault: z.string().trim().prefault(' p '),
  caught: z.int().catch(-1),
  frozen: z.object({ a: z.int() }).readonly(),
  branded: z.string().brand('B'),
  deep: z.string().nullable().default(null).optional(),
  required: z.string().optional().nonoptional(),
});

const code = z.looseObject({
  refined: z.string().refine((text) => text.length % 2 === 0),
  super: z.number().superRefine((n, ctx) => {
    if (n > 100) ctx.addIssue('large');
  }),
  transformed: z.string().transform((text) => text.length),
  piped: z.string().pipe(z.email()),
  codec: z.codec(z.iso.datetime(), z.date(), { decode: (s) => new Date(s), encode: (d) => d.toISOString() }),
  preprocessed: z.preprocess((value) => value ?? 'none', z.string()),
  coerced: z.coerce.number(),
  flag: z.stringbool(),
  lower: z.string().toLowerCase().trim(),
});

const anything = z.object({ any: z.any(), unknown: z.unknown(), json: z.json() }).catchall(z.any());

/** Keys that would do harm where they were assigned or looked up carelessly. */
const harmful = z.looseObject({
  constructor: z.object({ prototype: z.string() }).optional(),
  toString: z.string().optional(),
  hasOwnProperty: z.int().optional(),
  ['__proto__']: z.object({ polluted: z.string() }).optional(),
  length: z.int().optional(),
  records: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});

const schemas: Readonly<Record<string, z.ZodType>> = {
  order,
  leaves,
  containers,
  weightless,
  unions,
  tree,
  lazy,
  absences,
  code,
  anything,
  harmful,
};

/** The contracts that bytes are tried on, by name. Together they have every kind of schema that can travel. */
export const contracts: ReadonlyMap<string, Subject> = new Map(
  Object.entries(schemas).map(([name, schema]) => [name, generated(schema, name)]),
);
