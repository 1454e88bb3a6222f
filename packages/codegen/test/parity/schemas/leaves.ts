import fc from 'fast-check';

/** The source text of a schema, as a contract would have it; `z` is in scope. */
export type SchemaText = fc.Arbitrary<string>;

/** One of the texts; failures get smaller towards the first. */
export function oneOf(...texts: readonly string[]): SchemaText {
  return fc.constantFrom(...texts);
}

/** A base followed by up to three calls. */
export function withCalls(base: SchemaText, calls: SchemaText, most = 3): SchemaText {
  return fc
    .tuple(base, fc.array(calls, { maxLength: most }))
    .map(([text, suffixes]) => text + suffixes.join(''));
}

const textChecks = oneOf(
  '.min(2)',
  '.max(3)',
  '.length(1)',
  '.nonempty()',
  '.min(1, "too short")',
  '.max(33)',
  '.min(255)',
  '.regex(/^a+$/)',
  '.regex(/\\d{2}/g)',
  '.regex(/^[^a]*$/i)',
  '.regex(/^.$/u)',
  '.regex(/^\\p{L}+$/u, { error: "letters only" })',
  '.regex(/[xyz]/y)',
  '.includes("b")',
  '.includes("b", { position: 2 })',
  '.startsWith("a")',
  '.endsWith("z", { abort: true })',
  '.lowercase()',
  '.uppercase()',
  '.trim()',
  '.toLowerCase()',
  '.toUpperCase()',
  '.normalize()',
  '.slugify()',
  '.overwrite((s) => s.slice(0, 2))',
  '.email()',
  '.datetime()',
  '.base64()',
);

const formats = oneOf(
  'z.email()',
  'z.email({ pattern: z.regexes.unicodeEmail })',
  'z.uuid()',
  'z.uuidv4()',
  'z.uuid({ version: "v7" })',
  'z.guid()',
  'z.url()',
  'z.httpUrl()',
  'z.url({ normalize: true })',
  'z.url({ hostname: /^a/, protocol: /^https$/ })',
  'z.emoji()',
  'z.nanoid()',
  'z.cuid()',
  'z.cuid2()',
  'z.ulid()',
  'z.xid()',
  'z.ksuid()',
  'z.ipv4()',
  'z.ipv6()',
  'z.mac()',
  'z.cidrv4()',
  'z.cidrv6()',
  'z.base64()',
  'z.base64url()',
  'z.e164()',
  'z.jwt()',
  'z.jwt({ alg: "HS256" })',
  'z.creditCard()',
  'z.iban()',
  'z.iso.date()',
  'z.iso.time()',
  'z.iso.time({ precision: -1 })',
  'z.iso.datetime()',
  'z.iso.datetime({ offset: true, local: true, precision: 3 })',
  'z.iso.duration()',
  'z.hostname()',
  'z.hex()',
  'z.currencyCode()',
  'z.hash("md5")',
  'z.hash("sha256", { enc: "base64url" })',
  'z.stringFormat("even", (s) => s.length % 2 === 0)',
  'z.stringFormat("even", /^(..)*$/)',
);

const text: SchemaText = fc.oneof(
  fc.constant('z.string()'),
  withCalls(oneOf('z.string()', 'z.coerce.string()'), textChecks),
  withCalls(formats, oneOf('.max(33)', '.trim()', '.toLowerCase()', '.min(2)', '.endsWith("z")'), 1),
);

const numberChecks = oneOf(
  '.min(0)',
  '.max(10)',
  '.gt(1)',
  '.lt(100.5)',
  '.gte(-5, { abort: true })',
  '.lte(2 ** 31)',
  '.int()',
  '.positive()',
  '.negative()',
  '.nonnegative()',
  '.nonpositive("not above zero")',
  '.multipleOf(5)',
  '.multipleOf(0.1)',
  '.step(-2)',
  '.multipleOf(0)',
  '.safe()',
  '.finite()',
  '.overwrite((n) => Math.round(n))',
  '.max(Infinity)',
);

const number = withCalls(
  oneOf(
    'z.number()',
    'z.int()',
    'z.int32()',
    'z.uint32()',
    'z.float32()',
    'z.float64()',
    'z.coerce.number()',
    'z.number({ error: "a number, please" })',
  ),
  numberChecks,
  2,
);

const bigint = withCalls(
  oneOf('z.bigint()', 'z.int64()', 'z.uint64()', 'z.coerce.bigint()'),
  oneOf(
    '.min(0n)',
    '.max(2n ** 70n)',
    '.positive()',
    '.negative()',
    '.multipleOf(5n)',
    '.multipleOf(0n)',
    '.lt(5)',
  ),
  2,
);

const date = withCalls(
  oneOf('z.date()', 'z.coerce.date()', 'z.instanceof(Date)'),
  oneOf('.check(z.gte(new Date(0)))', '.check(z.lt(new Date(1700000000123)))'),
  1,
);

export const literalValues = [
  '"a"',
  '"b"',
  '1',
  'true',
  'null',
  '""',
  '0',
  '-1',
  '1.5',
  '7n',
  'undefined',
  'false',
  '"__proto__"',
  '"日本"',
  'NaN',
  '2 ** 53',
  '-0',
] as const;

const literal = fc
  .uniqueArray(oneOf(...literalValues), { minLength: 1, maxLength: 4 })
  .map((values) => (values.length === 1 ? `z.literal(${values[0]})` : `z.literal([${values.join(', ')}])`));

const enumeration = oneOf(
  'z.enum(["a", "b"])',
  'z.enum(["a"])',
  'z.enum(["", "a b", "constructor", "日本"])',
  'z.enum({ A: 0, B: 1 })',
  'z.enum({ A: 0, B: "x", 0: "A" })',
  'z.enum({ A: 1.5, B: -1, C: "1.5" })',
  'z.enum(["a", "b", "c"]).exclude(["b"])',
  `z.enum([${Array.from({ length: 300 }, (_, i) => `"v${i}"`).join(', ')}])`,
);

const templateLiteral = oneOf(
  'z.templateLiteral(["a-", z.number()])',
  'z.templateLiteral([z.string().min(1).max(3), "/", z.int()])',
  'z.templateLiteral([z.enum(["x", "y"]), z.literal([1, true, null])])',
  'z.templateLiteral([z.string().optional(), ":", z.boolean().nullable()])',
  'z.templateLiteral([z.bigint(), 5n, null, undefined, "."])',
  'z.templateLiteral([z.union([z.literal("a"), z.ipv4()]), z.templateLiteral(["<", z.hex(), ">"])])',
);

const bytes = oneOf(
  'z.instanceof(Uint8Array)',
  'z.instanceof(Uint8Array).check(z.property("length", z.number().max(3)))',
  'z.instanceof(Uint8Array).refine((b) => b[0] !== 250, "starts badly")',
);

const single = oneOf(
  'z.boolean()',
  'z.null()',
  'z.undefined()',
  'z.any()',
  'z.unknown()',
  'z.void()',
  'z.never()',
  'z.nan()',
  'z.coerce.boolean()',
  'z.stringbool()',
  'z.stringbool({ truthy: ["Y", "true"], falsy: ["N"], case: "sensitive" })',
  'z.json()',
);

/** Schemas that are made of no others. */
export const leaf: SchemaText = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 4, arbitrary: number },
  { weight: 4, arbitrary: single },
  { weight: 2, arbitrary: literal },
  { weight: 2, arbitrary: enumeration },
  { weight: 1, arbitrary: bigint },
  { weight: 1, arbitrary: date },
  { weight: 1, arbitrary: templateLiteral },
  { weight: 1, arbitrary: bytes },
);
