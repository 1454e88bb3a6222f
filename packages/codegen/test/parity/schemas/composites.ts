import fc from 'fast-check';
import { literalValues, oneOf, type SchemaText, withCalls } from './leaves.js';

/** Keys of objects as they stand in source text. */
const keys = oneOf(
  'a',
  'b',
  'c',
  '""',
  '"a b"',
  '"0"',
  '"12"',
  '"-1"',
  'constructor',
  'toString',
  'hasOwnProperty',
  'length',
  '"ü"',
  '"日本"',
  '["__proto__"]',
  'then',
  'value',
  '"\\"\\n\\u2028"',
  'valueOf',
  'default',
);

const objectEnds = oneOf(
  '',
  '',
  '',
  '.strict()',
  '.loose()',
  '.partial()',
  '.required()',
  '.exactPartial()',
  '.strip()',
);

/** The fields of an object, in source text without braces. */
export function fields(schema: SchemaText, most = 5): SchemaText {
  return fc
    .uniqueArray(fc.tuple(keys, schema), { maxLength: most, selector: ([key]) => key })
    .map((entries) => entries.map(([key, text]) => `${key}: ${text}`).join(', '));
}

const narrow = oneOf(
  'z.string().optional()',
  'z.boolean()',
  'z.int().nullish()',
  'z.null().optional()',
  'z.literal("x").nullable()',
  'z.bigint().default(1n)',
  'z.undefined()',
  'z.string()',
);

/** Objects with so many keys that what is said of their presence takes several bytes. */
const wide: SchemaText = fc
  .tuple(
    oneOf('z.object', 'z.strictObject', 'z.looseObject'),
    fc.array(narrow, { minLength: 9, maxLength: 70 }),
  )
  .map(([make, texts]) => `${make}({ ${texts.map((text, i) => `k${i}: ${text}`).join(', ')} })`);

/** Objects of all modes. */
export function object(schema: SchemaText): SchemaText {
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(oneOf('z.object', 'z.strictObject', 'z.looseObject'), fields(schema), objectEnds)
        .map(([make, inside, end]) => `${make}({ ${inside} })${end}`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fields(schema), schema)
        .map(([inside, rest]) => `z.object({ ${inside} }).catchall(${rest})`),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fields(schema, 3), fields(schema, 3))
        .map(([one, other]) => `z.object({ ${one} }).extend({ ${other} })`),
    },
    { weight: 1, arbitrary: wide },
  );
}

const arraySizes = oneOf('.min(1)', '.max(2)', '.length(2)', '.nonempty()', '.min(3, "too few")');
const otherSizes = oneOf('.min(1)', '.max(2)', '.size(2)', '.nonempty()');

export function array(schema: SchemaText): SchemaText {
  return withCalls(
    schema.map((text) => `z.array(${text})`),
    arraySizes,
    1,
  );
}

export function tuple(schema: SchemaText): SchemaText {
  return fc
    .tuple(fc.array(schema, { maxLength: 4 }), fc.option(schema))
    .map(([items, rest]) => `z.tuple([${items.join(', ')}]${rest === null ? '' : `, ${rest}`})`);
}

const recordKeys = oneOf(
  'z.string()',
  'z.string().min(2)',
  'z.string().regex(/^a+$/)',
  'z.string().toLowerCase()',
  'z.string().transform((s) => s + "!")',
  'z.enum(["a", "b"])',
  'z.enum(["a", "0", "constructor"])',
  'z.enum({ A: 0, B: "b" })',
  'z.literal(["a", 1])',
  'z.literal(["__proto__", "b"])',
  'z.union([z.literal("a"), z.literal("t")])',
  'z.number()',
  'z.int().min(1)',
  'z.union([z.enum(["a"]), z.string().min(2)])',
  'z.templateLiteral(["a", z.string()])',
  'z.any()',
  'z.enum(["a", "b"]).transform((s) => s.toUpperCase())',
);

export function record(schema: SchemaText): SchemaText {
  return fc
    .tuple(oneOf('z.record', 'z.partialRecord', 'z.looseRecord'), recordKeys, schema)
    .map(([make, key, value]) => `${make}(${key}, ${value})`);
}

export function map(schema: SchemaText): SchemaText {
  return withCalls(
    fc.tuple(schema, schema).map(([key, value]) => `z.map(${key}, ${value})`),
    otherSizes,
    1,
  );
}

export function set(schema: SchemaText): SchemaText {
  return withCalls(
    schema.map((text) => `z.set(${text})`),
    otherSizes,
    1,
  );
}

export function union(schema: SchemaText): SchemaText {
  return fc
    .tuple(oneOf('z.union', 'z.union', 'z.union', 'z.xor'), fc.array(schema, { minLength: 1, maxLength: 4 }))
    .map(([make, options]) => `${make}([${options.join(', ')}])`);
}

export function intersection(schema: SchemaText, objects: SchemaText): SchemaText {
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.tuple(objects, objects) },
      { weight: 1, arbitrary: fc.tuple(schema, schema) },
    )
    .map(([left, right]) => `z.intersection(${left}, ${right})`);
}

/** Disjoint discriminators: one literal each, several, an enum, one that may be absent. */
const discriminators: readonly string[] = [
  ...literalValues
    .filter((value) => !['"b"', 'NaN', '-0', 'undefined', 'null'].includes(value))
    .map((value) => `z.literal(${value})`),
  'z.literal(["c", "d"])',
  'z.enum(["e", "f"])',
  'z.literal("g").optional()',
  'z.literal("h").nullable()',
];

/** So many options that their indexes take two bytes. */
const manyOptions = oneOf(
  'z.discriminatedUnion("t", Array.from({ length: 200 }, (_, i) => z.object({ t: z.literal(i), v: z.string() })))',
  'z.union(Array.from({ length: 150 }, (_, i) => z.strictObject({ t: z.literal("v" + i) })))',
  'z.literal(Array.from({ length: 300 }, (_, i) => (i % 2 === 0 ? i : String(i))))',
);

export function discriminated(schema: SchemaText): SchemaText {
  return fc.oneof({ weight: 12, arbitrary: discriminatedBy(schema) }, { weight: 1, arbitrary: manyOptions });
}

function discriminatedBy(schema: SchemaText): SchemaText {
  return fc
    .tuple(
      fc.constantFrom('t', '"0"', 'constructor'),
      fc.subarray([...discriminators], { minLength: 1, maxLength: 4 }),
      fc.array(fields(schema, 3), { minLength: 4, maxLength: 4 }),
      fc.array(
        oneOf('', '.strict()', '.loose()', '.readonly()', '.refine((v) => Object.keys(v).length < 4)'),
        {
          minLength: 4,
          maxLength: 4,
        },
      ),
      oneOf('', '', '', ', { unionFallback: true }', ', { error: "none of them" }'),
    )
    .map(([key, tags, rest, ends, options]) => {
      const parts = tags.map((tag, i) => {
        const others = rest[i] === '' || rest[i]?.startsWith(`${key}:`) ? '' : `, ${rest[i]}`;
        const fieldsOfPart = others.includes(`${key}: `) ? '' : others;
        return `z.object({ ${key}: ${tag}${fieldsOfPart} })${ends[i]}`;
      });
      const name = key.startsWith('"') ? key : JSON.stringify(key);
      return `z.discriminatedUnion(${name}, [${parts.join(', ')}]${options})`;
    });
}

/** Schemas that refer to themselves, by a getter or a function; `self` stands for the schema in the texts. */
export function recursive(schema: SchemaText): SchemaText {
  const back = oneOf(
    'self.optional()',
    'z.array(self)',
    'self.nullable()',
    'z.record(z.string(), self)',
    'z.map(z.string(), self).optional()',
    'z.set(self).optional()',
    'z.union([z.string(), self])',
    'z.tuple([z.string()], self).optional()',
    'self.nullish().default(null)',
    'z.array(self.refine((v) => v.value !== 1)).optional()',
  );
  const byGetter = fc
    .tuple(
      oneOf('z.object', 'z.strictObject', 'z.looseObject'),
      schema,
      back,
      oneOf('', '.refine((v) => v.value !== 2)', '.readonly()'),
    )
    .map(
      ([make, value, next, end]) =>
        `(() => { const self = ${make}({ value: ${value}, get next() { return ${next}; } }); return self${end}; })()`,
    );
  const byFunction = fc
    .tuple(
      schema,
      oneOf(
        'z.array(self)',
        'z.record(z.string(), self)',
        'z.object({ next: self })',
        'z.tuple([self, self])',
      ),
    )
    .map(
      ([value, next]) =>
        `(() => { const self = z.lazy(() => z.union([${value}, ${next}])); return self; })()`,
    );
  const mutual = schema.map(
    (value) =>
      `(() => { const one = z.object({ value: ${value}, get next() { return other.optional(); } }); ` +
      'const other = z.object({ a: z.string(), get next() { return z.array(one); } }); return other; })()',
  );
  return fc.oneof(
    { weight: 3, arbitrary: byGetter },
    { weight: 2, arbitrary: byFunction },
    { weight: 1, arbitrary: mutual },
  );
}
