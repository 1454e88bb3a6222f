import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import { parseDescriptor, serializeDescriptor } from '../../src/contract/exchange.js';
import { type Judgement, judge } from '../../src/contract/judge.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { MethodSpec } from '../../src/contract/types.js';

type Methods = Readonly<Record<string, MethodSpec>>;

/** As it happens: the server's descriptor goes through the handshake. */
function judged(client: Methods, server: Methods): ReadonlyMap<string, Judgement> {
  const describeMethods = (methods: Methods) => describeService(defineService('s' as string, methods));
  return judge(describeMethods(client), parseDescriptor(serializeDescriptor(describeMethods(server))));
}

function differences(client: MethodSpec, server: MethodSpec): readonly string[] {
  const judgement = judged({ m: client }, { m: server }).get('m');
  return judgement?.ok === false ? judgement.differences : [];
}

/** Differences between what a client sends and a server takes. */
const request = (client: StandardSchema, server: StandardSchema) =>
  differences({ input: client }, { input: server });
/** Differences between what a server answers and a client expects. */
const answer = (server: StandardSchema, client: StandardSchema) =>
  differences({ output: client }, { output: server });

interface Tree {
  name: string;
  children: Tree[];
}
function tree(name: z.ZodType<string>): z.ZodType<Tree> {
  const node: z.ZodType<Tree> = z.lazy(() => z.object({ name, children: z.array(node) }));
  return node;
}

describe('what fits', () => {
  it.each<[string, StandardSchema, StandardSchema]>([
    ['the same', z.object({ a: z.string() }), z.object({ a: z.string() })],
    [
      'keys in another order',
      z.object({ a: z.string(), b: z.date() }),
      z.object({ b: z.date(), a: z.string() }),
    ],
    ['a key that the server drops', z.object({ a: z.string(), b: z.date() }), z.object({ a: z.string() })],
    [
      'a new key with a default',
      z.object({ a: z.string() }),
      z.object({ a: z.string(), b: z.number().default(1) }),
    ],
    ['a new optional key', z.object({}), z.object({ b: z.number().optional() })],
    ['a key that became optional', z.object({ a: z.string() }), z.object({ a: z.string().optional() })],
    ['an enum with more values', z.enum(['a', 'b']), z.enum(['a', 'b', 'c'])],
    ['a literal of the type', z.literal(['a', 'b']), z.string()],
    [
      'a union with more options',
      z.union([z.string(), z.date()]),
      z.union([z.date(), z.bigint(), z.string()]),
    ],
    [
      'an option of a union',
      z.object({ t: z.literal('a') }),
      z.union([z.object({ t: z.literal('b') }), z.object({ t: z.enum(['a']) })]),
    ],
    ['a value that may now be null', z.string(), z.string().nullable()],
    ['optional to optional', z.string().optional(), z.string().nullish()],
    ['null as a literal', z.null(), z.literal([null, 'a'])],
    ['a boolean as two literals', z.boolean(), z.union([z.literal(true), z.literal(false)])],
    ['checks, which validation decides', z.string().min(1), z.string().max(5)],
    ['anything to something', z.unknown(), z.object({ a: z.string() })],
    ['something to anything', z.map(z.string(), z.string()), z.any()],
    ['what a transform takes', z.string(), z.string().transform(Number)],
    ['code that decides', z.custom<string>(), z.string()],
    ['a tuple as an array', z.tuple([z.string(), z.string()]), z.array(z.string())],
    ['a tuple with less', z.tuple([z.string(), z.string()]), z.tuple([z.string()], z.string())],
    ['an object as a record', z.object({ a: z.number() }), z.record(z.string(), z.number())],
    [
      'a record as an object of optional keys',
      z.record(z.string(), z.number()),
      z.object({ a: z.number().optional() }),
    ],
    ['maps and sets', z.map(z.string(), z.set(z.literal(1))), z.map(z.string(), z.set(z.number()))],
    [
      'an intersection',
      z.object({ a: z.string() }).and(z.object({ b: z.string() })),
      z.object({ a: z.string(), b: z.string() }),
    ],
    [
      'an object for an intersection',
      z.object({ a: z.string(), b: z.string() }),
      z.object({ a: z.string() }).and(z.object({ b: z.string() })),
    ],
    ['recursive shapes', tree(z.literal('x') as unknown as z.ZodType<string>), tree(z.string())],
  ])('%s', (_, client, server) => {
    expect(request(client, server)).toEqual([]);
  });

  it('gives the id at the server', () => {
    const verdicts = judged({ b: {}, d: {} }, { a: {}, b: {}, c: {}, d: {} });
    expect([...verdicts]).toEqual([
      ['b', { ok: true, remoteId: 1 }],
      ['d', { ok: true, remoteId: 3 }],
    ]);
  });

  it('lets a server answer more keys than the client knows', () => {
    expect(answer(z.object({ a: z.string(), b: z.string() }), z.strictObject({ a: z.string() }))).toEqual([]);
  });

  it('lets a server declare further errors', () => {
    expect(differences({}, { errors: { R: { code: 'ABORTED', data: z.string() } } })).toEqual([]);
    expect(differences({ errors: { R: { code: 'ABORTED', data: z.string() } } }, {})).toEqual([]);
  });
});

/** What a client may send is more than the server takes. */
const WIDER: readonly [string, StandardSchema, StandardSchema, string][] = [
  [
    'a key that is not always sent',
    z.object({ a: z.string().optional() }),
    z.object({ a: z.string() }),
    'input.a: server takes it always, client sends it sometimes',
  ],
  [
    'an optional key that a strict object does not know',
    z.object({ a: z.string(), b: z.string().optional() }),
    z.strictObject({ a: z.string() }),
    'input.b: client sends it, server takes no other keys than its own',
  ],
  ['an enum', z.enum(['a', 'b']), z.enum(['a']), 'input: client sends "a" | "b", server takes "a"'],
  ['a string for an enum', z.string(), z.enum(['a']), 'input: client sends string, server takes "a"'],
  ['a boolean', z.boolean(), z.literal(true), 'input: client sends boolean, server takes true'],
  [
    'a union',
    z.union([z.string(), z.date()]),
    z.date(),
    'input: client sends string | Date, server takes Date',
  ],
  [
    'an option of a union',
    z.union([z.object({ t: z.literal('a') }), z.object({ t: z.literal('b') })]),
    z.union([z.object({ t: z.literal('a') })]),
    'input: client sends { t: "a" } | { t: "b" }, server takes { t: "a" }',
  ],
  ['null', z.string().nullable(), z.string(), 'input: client sends string | null, server takes string'],
  [
    'undefined',
    z.array(z.string().optional()),
    z.array(z.string()),
    'input[]: client sends string | undefined, server takes string',
  ],
  [
    'further items of a tuple',
    z.tuple([z.string(), z.string().optional()]),
    z.tuple([z.string()]),
    'input: client sends [string, string | undefined], server takes [string]',
  ],
  [
    'fewer items of a tuple',
    z.tuple([z.string()], z.string()),
    z.tuple([z.string(), z.string()]),
    'input: client sends [string, ...string[]], server takes [string, string]',
  ],
  [
    'a record',
    z.record(z.string(), z.string()),
    z.object({ a: z.string() }),
    'input: client sends Record<string, string>, server takes { a: string }',
  ],
];

describe('a wider choice than the server takes', () => {
  it.each(WIDER)('of a call that is answered is left to its validation: %s', (_, client, server) => {
    expect(request(client, server)).toEqual([]);
  });

  it.each(WIDER)('of a call that hears nothing is refused: %s', (_, client, server, difference) => {
    expect(differences({ input: client, oneway: true }, { input: server, oneway: true })).toEqual([
      difference,
    ]);
  });

  // A client overlooks keys of an answer that it does not know.
  const inAnswers = WIDER.filter(([name]) => name !== 'an optional key that a strict object does not know');

  it.each(inAnswers)('in an answer is refused, since a client does not validate: %s', (_, server, client) => {
    expect(answer(server, client)).toHaveLength(1);
  });

  it('has to have something that the server takes', () => {
    expect(request(z.enum(['a', 'b']), z.enum(['c']))).toHaveLength(1);
    expect(request(z.union([z.string(), z.date()]), z.number())).toHaveLength(1);
    expect(request(z.string(), z.literal([1, 2]))).toHaveLength(1);
    expect(request(z.string().nullable(), z.number())).toHaveLength(1);
    expect(request(z.object({ a: z.string().optional() }), z.object({ a: z.number() }))).toHaveLength(1);
    expect(
      request(z.object({ a: z.string().optional() }), z.object({ a: z.number().optional() })),
    ).toHaveLength(1);
  });
});

describe('what does not fit names both sides', () => {
  it.each<[string, StandardSchema, StandardSchema, readonly string[]]>([
    ['another type', z.string(), z.number(), ['input: client sends string, server takes number']],
    [
      'another type, deep down',
      z.object({ items: z.array(z.object({ qty: z.string(), sku: z.string() })) }),
      z.object({ items: z.array(z.object({ qty: z.number(), sku: z.bigint() })) }),
      [
        'input.items[].qty: client sends string, server takes number',
        'input.items[].sku: client sends string, server takes bigint',
      ],
    ],
    ['number and bigint', z.number(), z.bigint(), ['input: client sends number, server takes bigint']],
    ['Date and string', z.date(), z.string(), ['input: client sends Date, server takes string']],
    [
      'bytes and array',
      z.instanceof(Uint8Array),
      z.array(z.number()),
      ['input: client sends Uint8Array, server takes number[]'],
    ],
    [
      'a new required key',
      z.object({}),
      z.object({ a: z.string() }),
      ['input.a: server takes it always, client sends it never'],
    ],
    [
      'an unknown key for a strict object',
      z.object({ a: z.string(), b: z.string() }),
      z.strictObject({ a: z.string() }),
      ['input.b: client sends it, server takes no other keys than its own'],
    ],
    [
      'inside optional and nullable',
      z.object({ a: z.object({ b: z.string() }).nullish() }),
      z.object({ a: z.object({ b: z.number() }).nullish() }),
      ['input.a.b: client sends string, server takes number'],
    ],
    [
      'a set for an array',
      z.set(z.string()),
      z.array(z.string()),
      ['input: client sends Set<string>, server takes string[]'],
    ],
    [
      'map keys',
      z.map(z.string(), z.date()),
      z.map(z.number(), z.date()),
      ['input (keys): client sends string, server takes number'],
    ],
    [
      'map values',
      z.map(z.string(), z.date()),
      z.map(z.string(), z.string()),
      ['input.*: client sends Date, server takes string'],
    ],
    [
      'record values',
      z.record(z.string(), z.date()),
      z.record(z.string(), z.string()),
      ['input.*: client sends Date, server takes string'],
    ],
    [
      'further keys',
      z.object({}).catchall(z.string()),
      z.object({}).catchall(z.number()),
      ['input.*: client sends string, server takes number'],
    ],
    [
      'a key that is a further one to the server',
      z.object({ a: z.string(), b: z.number() }),
      z.object({}).catchall(z.number()),
      ['input.a: client sends string, server takes number'],
    ],
    [
      'a shorter tuple',
      z.tuple([z.string()]),
      z.tuple([z.string(), z.string()]),
      ['input: client sends [string], server takes [string, string]'],
    ],
    [
      'recursive shapes',
      tree(z.string()),
      tree(z.number() as unknown as z.ZodType<string>),
      ['input.name: client sends string, server takes number'],
    ],
  ])('%s', (_, client, server, expected) => {
    expect(request(client, server)).toEqual(expected);
  });

  it('in answers, the server is the one that sends', () => {
    expect(answer(z.object({ s: z.enum(['a', 'b']) }), z.object({ s: z.enum(['a']) }))).toEqual([
      'output.s: server answers "a" | "b", client expects "a"',
    ]);
    expect(answer(z.object({ a: z.string().optional() }), z.object({ a: z.string() }))).toEqual([
      'output.a: client expects it always, server answers it sometimes',
    ]);
  });

  it('in the data of errors', () => {
    expect(
      differences(
        { errors: { R: { code: 'ABORTED', data: z.string() } } },
        { errors: { R: { code: 'INTERNAL', data: z.number() } } },
      ),
    ).toEqual(['error R: server answers number, client expects string']);
  });

  it('a missing method and another kind', () => {
    expect(judged({ a: {}, b: {} }, { b: { oneway: true } })).toEqual(
      new Map([
        ['a', { ok: false, differences: ["the server has no method 'a'"] }],
        ['b', { ok: false, differences: ['the client has a unary method, the server a oneway one'] }],
      ]),
    );
  });

  it('not more than a reader can use', () => {
    const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
    const all = (schema: z.ZodType) => z.object(Object.fromEntries(keys.map((key) => [key, schema])));
    const found = request(all(z.string()), all(z.number()));
    expect(found).toHaveLength(9);
    expect(found[8]).toBe('and 42 more');
  });
});

describe('contracts that are made to be hard to compare', () => {
  it('do not take forever', () => {
    // Two cycles of coprime lengths: as many pairs as their product.
    const ring = (length: number): z.ZodType => {
      const nodes: z.ZodType[] = [];
      for (let i = 0; i < length; i++) {
        nodes.push(
          z.object({
            next: z.lazy(() => nodes[(i + 1) % length]!),
            [i === 0 ? 'first' : 'other']: z.string().optional(),
          }),
        );
      }
      return nodes[0]!;
    };
    const found = request(ring(401), ring(397));
    expect(found).toEqual(['input: the contracts are too complex to be compared']);
  });

  it('unions in unions are compared in bounded time', () => {
    const nest = (leaf: z.ZodType): z.ZodType => {
      let schema = leaf;
      for (let i = 0; i < 30; i++) schema = z.union([z.object({ a: schema }), z.object({ b: schema })]);
      return schema;
    };
    expect(request(nest(z.string()), nest(z.number()))).toEqual([
      'input: client sends { a: { a: … } | { b: … } } | { b: { a: … } | { b: … } }, ' +
        'server takes { a: { a: … } | { b: … } } | { b: { a: … } | { b: … } }',
    ]);
  });

  it('unions of very many are given up', () => {
    const union = (prefix: string) =>
      z.union(Array.from({ length: 600 }, (_, i) => z.object({ t: z.literal(`${prefix}${i}`) })));
    const contract = (prefix: string) =>
      describeService(defineService('s' as string, { m: { input: union(prefix) } }));
    expect(judge(contract('a'), { ...contract('b'), omitted: 0 }).get('m')).toEqual({
      ok: false,
      differences: ['input: the contracts are too complex to be compared'],
    });
  });
});
