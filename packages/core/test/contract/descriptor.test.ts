import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import * as mini from 'zod/mini';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import { showShape } from '../../src/contract/show-shape.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { MethodSpec } from '../../src/contract/types.js';

function descriptorOf(methods: Readonly<Record<string, MethodSpec>>) {
  return describeService(defineService('s' as string, methods));
}

/** The fingerprint of a service that has one method. */
function fingerprint(input: StandardSchema, output?: StandardSchema): string {
  return descriptorOf({ m: { input, ...(output === undefined ? {} : { output }) } }).fingerprint;
}

/** The shape of an input as text. */
function shown(input: StandardSchema): string {
  const { shapes, methods } = descriptorOf({ m: { input } });
  return showShape(shapes, methods[0]!.input);
}

/** The shape of an output as text. */
function shownOutput(output: StandardSchema): string {
  const { shapes, methods } = descriptorOf({ m: { output } });
  return showShape(shapes, methods[0]!.output);
}

interface Tree {
  name: string;
  children: Tree[];
}
const treeSchema = (): z.ZodType<Tree> => {
  const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(tree) }));
  return tree;
};

describe('shapes', () => {
  it.each<[string, StandardSchema]>([
    ['string', z.string()],
    ['string', z.email().min(3)],
    ['string', z.templateLiteral(['a', z.number()])],
    ['number', z.int32()],
    ['bigint', z.bigint()],
    ['boolean', z.boolean()],
    ['null', z.null()],
    ['undefined', z.undefined()],
    ['undefined', z.void()],
    ['NaN', z.nan()],
    ['never', z.never()],
    ['unknown', z.any()],
    ['Date', z.date()],
    ['Uint8Array', z.instanceof(Uint8Array)],
    ['Uint8Array', mini.instanceof(Uint8Array)],
    ['URL', z.instanceof(URL)],
    ['custom', z.custom<`${number}px`>()],
    ['"a" | "b"', z.enum(['b', 'a'])],
    ['1 | 2', z.enum({ One: 1, Two: 2 })],
    ['"a" | 1 | 10n | false | null | undefined', z.literal(['a', 1, 10n, false, null, undefined])],
    ['{ b: string, a?: number | undefined }', z.object({ b: z.string(), a: z.number().optional() })],
    ['{ a?: number }', z.object({ a: z.number().exactOptional() })],
    ['string[]', z.array(z.string())],
    ['(string | null)[]', z.array(z.nullable(z.string()))],
    ['[string, ...number[]]', z.tuple([z.string()], z.number())],
    ['Record<string, number>', z.record(z.string(), z.number())],
    ['{ a: number, b: number }', z.record(z.enum(['a', 'b']), z.number())],
    ['{ a?: number, b?: number }', z.partialRecord(z.enum(['a', 'b']), z.number())],
    ['Map<string, Date>', z.map(z.string(), z.date())],
    ['Set<bigint>', z.set(z.bigint())],
    ['string | number', z.union([z.string(), z.number()])],
    [
      '{ a: string } & { b: string }',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
    ],
    [
      '{ t: "a" } | { t: "b" }',
      z.discriminatedUnion('t', [z.object({ t: z.literal('a') }), z.object({ t: z.literal('b') })]),
    ],
    ['string', z.string().readonly()],
    ['string', z.string().optional().nonoptional()],
    ['string | undefined', z.string().default('x')],
    ['string | undefined', z.string().prefault('x')],
    ['unknown', z.string().catch('x')],
    ['unknown', z.coerce.number()],
    ['unknown', z.preprocess((value) => value, z.string())],
    ['string', z.stringbool()],
    ['string', z.string().transform(Number)],
    [
      'string',
      z.codec(z.string(), z.date(), {
        decode: (text) => new Date(text),
        encode: (date) => date.toISOString(),
      }),
    ],
    ['{ name: string, children: { name: string, children: …[] }[] }', treeSchema()],
  ])('input: %s', (text, schema) => {
    expect(shown(schema)).toBe(text);
  });

  it.each<[string, StandardSchema]>([
    ['string', z.string().default('x')],
    ['string', z.string().catch('x')],
    ['number', z.coerce.number()],
    ['string', z.preprocess((value) => value, z.string())],
    ['boolean', z.stringbool()],
    ['boolean', z.success(z.string())],
    ['unknown', z.string().transform(Number)],
    ['number', z.string().transform(Number).pipe(z.number())],
    [
      '{ a: string, b?: string | undefined }',
      z.object({ a: z.string().default('x'), b: z.string().optional() }),
    ],
  ])('output: %s', (text, schema) => {
    expect(shownOutput(schema)).toBe(text);
  });

  it('of a lazy schema that stands for nothing but itself is unknown', () => {
    const loop: z.ZodType = z.lazy(() => loop);
    expect(shown(loop)).toBe('unknown');
  });

  it('of another library is its name', () => {
    const foreign: StandardSchema = {
      '~standard': { version: 1, vendor: 'other', validate: (value) => ({ value }) },
    };
    expect(shown(foreign)).toBe('other');
  });
});

describe('fingerprints', () => {
  const base = () => z.object({ sku: z.string(), qty: z.number() });

  it('are 32 hex digits, the same for the same contract and the same each time', () => {
    expect(fingerprint(base())).toMatch(/^[0-9a-f]{32}$/);
    expect(fingerprint(base())).toBe(fingerprint(base()));
    const service = defineService('s', { m: { input: base() } });
    expect(describeService(service)).toBe(describeService(service));
  });

  it('stay the same across versions of doorcall', () => {
    // A change here makes peers of two versions fall back to the slower codec. Change RULES when the wire changes.
    expect(fingerprint(base())).toBe('71df83f46466edbda254b27d0cc359ce');
  });

  it('do not depend on words, nor on how the contract is written', () => {
    const plain = fingerprint(z.object({ a: base(), b: base() }));
    const Shared = base();
    expect(fingerprint(z.object({ a: Shared, b: Shared }))).toBe(plain);
    expect(fingerprint(z.object({ a: Shared, b: Shared.describe('words').meta({ title: 'x' }) }))).toBe(
      plain,
    );
    expect(fingerprint(z.object({ a: z.lazy(() => base()), b: base().readonly() }))).toBe(plain);
    expect(fingerprint(z.string('message').min(1, 'other message'))).toBe(fingerprint(z.string().min(1)));
    expect(fingerprint(z.string().refine(() => true))).toBe(fingerprint(z.string()));
    expect(fingerprint(mini.object({ sku: mini.string(), qty: mini.number() }))).toBe(fingerprint(base()));
  });

  it('do not depend on how a recursion is unrolled', () => {
    const unrolled = z.object({ name: z.string(), children: z.array(treeSchema()) });
    expect(fingerprint(unrolled)).toBe(fingerprint(treeSchema()));
  });

  it('tell everything else apart', () => {
    const all: StandardSchema[] = [
      base(),
      z.object({ qty: z.number(), sku: z.string() }),
      z.object({ sku: z.string(), qty: z.number().optional() }),
      z.object({ sku: z.string(), qty: z.number().int() }),
      z.object({ sku: z.string(), qty: z.bigint() }),
      z.object({ sku: z.string(), qty: z.date() }),
      z.object({ sku: z.string().max(5), qty: z.number() }),
      z.object({ sku: z.string().max(6), qty: z.number() }),
      z.object({ sku: z.string().regex(/a/), qty: z.number() }),
      z.object({ sku: z.string().regex(/a/i), qty: z.number() }),
      z.object({ sku: z.string(), qty: z.number().nullable() }),
      base().strict(),
      base().loose(),
      base().catchall(z.string()),
      z.array(base()),
      z.set(base()),
      z.map(z.string(), base()),
      z.record(z.string(), base()),
      z.bigint().min(3n),
      z.bigint().min(4n),
      z.date().min(new Date(0)),
      z.literal('1'),
      z.literal(1),
      z.literal(1n),
      treeSchema(),
    ];
    expect(new Set(all.map((schema) => fingerprint(schema))).size).toBe(all.length);
  });

  it('depend on service, methods, directions and errors', () => {
    const of = (name: string, methods: Readonly<Record<string, MethodSpec>>) =>
      describeService(defineService(name, methods)).fingerprint;
    const all = [
      of('a', { m: { input: z.string() } }),
      of('b', { m: { input: z.string() } }),
      of('a', { n: { input: z.string() } }),
      of('a', { m: { output: z.string() } }),
      of('a', { m: { input: z.string(), oneway: true } }),
      of('a', { m: { input: z.string() }, n: {} }),
      of('a', { m: { input: z.string(), errors: { R: { code: 'ABORTED' } } } }),
      of('a', { m: { input: z.string(), errors: { R: { code: 'INTERNAL' } } } }),
      of('a', { m: { input: z.string(), errors: { R: { code: 'ABORTED', data: z.string() } } } }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(of('a', { m: {}, n: {} })).toBe(of('a', { n: {}, m: {} }));
  });

  it('take a contract that nests and shares a lot', () => {
    let deep: StandardSchema = z.string();
    for (let i = 0; i < 1000; i++) deep = z.array(deep as z.ZodType);
    expect(fingerprint(deep)).toMatch(/^[0-9a-f]{32}$/);
    let wide: z.ZodType = z.object({ leaf: z.string() });
    // 2^60 leaves, if sharing were unfolded.
    for (let i = 0; i < 60; i++) wide = z.object({ left: wide, right: wide });
    expect(fingerprint(wide)).toMatch(/^[0-9a-f]{32}$/);
  });
});
