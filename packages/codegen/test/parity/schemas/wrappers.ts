import fc from 'fast-check';
import { oneOf, type SchemaText } from './leaves.js';

/** Values for default, prefault and catch; zod does not ask whether a default is valid. */
const fallbacks = [
  '"d"',
  '0',
  'null',
  '() => []',
  '{}',
  '{ a: 1 }',
  '() => new Map()',
  'undefined',
  'true',
  '-0',
  '["x"]',
];

/** Predicates, pure and deterministic. Some look at what a decoder could get wrong: order, presence, prototypes. */
const predicates = [
  '() => true',
  '(v) => typeof v !== "string" || v.length % 2 === 0',
  '(v) => Object.keys(Object(v)).length < 2',
  '(v) => Object.keys(Object(v))[0] !== "b"',
  '(v) => !("a" in Object(v))',
  '(v) => [null, Object.prototype, Array.prototype].includes(Object.getPrototypeOf(Object(v)))',
  '(v) => v !== undefined',
  '(v) => !Object.is(v, -0)',
  '(v) => { if (v === 1) throw new TypeError("one"); return true; }',
  '() => false',
];

const refinements = [
  ...predicates,
  '(v) => v !== null, { error: "not null", path: ["deep", 0], params: { why: 1 } }',
  '(v) => typeof v === "string", { abort: true, error: (issue) => "found " + typeof issue.input }',
  '(v) => v !== 0, { when: () => true }',
];

const superRefinements = [
  '(v, ctx) => { if (typeof v === "number" && v > 3) ctx.addIssue({ code: "custom", message: "large", path: ["x"] }); }',
  '(v, ctx) => { if (v === undefined) ctx.addIssue("missing"); }',
  '(v, ctx) => { for (const key of Object.keys(Object(v))) if (key === "c") ctx.addIssue({ code: "custom", path: [key], continue: false }); }',
];

const checks = [
  '(ctx) => { if (ctx.value === null) ctx.issues.push({ code: "custom", input: ctx.value, message: "no null" }); }',
  '(ctx) => { if (typeof ctx.value === "string") ctx.value += "!"; }',
  'z.overwrite((v) => (typeof v === "number" ? v + 1 : v))',
];

const transforms = [
  '(v) => v',
  '(v) => ({ was: v })',
  '(v) => typeof v',
  '(v) => Object.keys(Object(v)).join()',
  '(v) => "a" in Object(v)',
  '(v) => (v === undefined ? null : v)',
  '() => undefined',
  '(v) => [v, v]',
  '(v) => (v instanceof Date ? v.getTime() : v)',
  '(v, ctx) => { if (v === "") { ctx.addIssue("empty"); return z.NEVER; } return v; }',
  '(v) => new Map([[v, new Set([v])]])',
];

const preprocessors = [
  '(v) => v',
  '(v) => (typeof v === "string" ? v.trim() : v)',
  '(v) => v ?? "d"',
  '(v) => (Array.isArray(v) ? v : [v])',
  '(v) => Object.keys(Object(v)).join()',
  '(v) => (typeof v === "number" ? String(v) : v)',
];

const catchers = [
  ...fallbacks,
  '(ctx) => ctx.issues.length',
  '(ctx) => ctx.error.issues.map((i) => i.message).join()',
  '(ctx) => ctx.input',
];

const suffix = fc.oneof(
  {
    weight: 6,
    arbitrary: oneOf('.optional()', '.nullable()', '.nullish()', '.exactOptional()', '.nonoptional()'),
  },
  { weight: 2, arbitrary: oneOf('.readonly()', '.brand("B")', '.describe("text")', '.meta({ title: "t" })') },
  { weight: 3, arbitrary: oneOf(...fallbacks).map((value) => `.default(${value})`) },
  { weight: 2, arbitrary: oneOf(...fallbacks).map((value) => `.prefault(${value})`) },
  { weight: 2, arbitrary: oneOf(...catchers).map((value) => `.catch(${value})`) },
  { weight: 3, arbitrary: oneOf(...refinements).map((fn) => `.refine(${fn})`) },
  { weight: 1, arbitrary: oneOf(...superRefinements).map((fn) => `.superRefine(${fn})`) },
  { weight: 1, arbitrary: oneOf(...checks).map((fn) => `.check(${fn})`) },
  { weight: 2, arbitrary: oneOf(...transforms).map((fn) => `.transform(${fn})`) },
);

/** A schema within another that adds to it, one to three times. */
export function wrapped(inner: SchemaText): SchemaText {
  const suffixed = fc
    .tuple(inner, fc.array(suffix, { minLength: 1, maxLength: 3 }))
    .map(([text, suffixes]) => text + suffixes.join(''));
  return fc.oneof(
    { weight: 12, arbitrary: suffixed },
    {
      weight: 1,
      arbitrary: fc.tuple(oneOf(...preprocessors), inner).map(([fn, text]) => `z.preprocess(${fn}, ${text})`),
    },
    { weight: 1, arbitrary: fc.tuple(inner, inner).map(([from, to]) => `${from}.pipe(${to})`) },
    { weight: 1, arbitrary: inner.map((text) => `z.lazy(() => ${text})`) },
    { weight: 1, arbitrary: inner.map((text) => `z.success(${text})`) },
    { weight: 1, arbitrary: codec(inner) },
  );
}

function codec(inner: SchemaText): SchemaText {
  return fc.oneof(
    oneOf(
      'z.codec(z.string(), z.number(), { decode: (s) => s.length, encode: (n) => "x".repeat(n) })',
      'z.codec(z.iso.datetime(), z.date(), { decode: (s) => new Date(s), encode: (d) => d.toISOString() })',
      'z.codec(z.int(), z.bigint(), { decode: (n) => BigInt(n), encode: (b) => Number(b) })',
    ),
    fc
      .tuple(inner, inner)
      .map(([from, to]) => `z.codec(${from}, ${to}, { decode: (v) => v, encode: (v) => v })`),
  );
}
