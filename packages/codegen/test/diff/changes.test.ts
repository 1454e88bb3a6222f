import { defineService, type MethodSpec, stream } from '@doorcall/core';
import { describe as describeService } from '@doorcall/core/contract';
import { blob, door, fd } from '@doorcall/core/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type DiffOptions, diffContracts } from '../../src/diff/index.js';

type Methods = Readonly<Record<string, MethodSpec>>;

const contract = (methods: Methods) => describeService(defineService('orders' as string, methods));

function diff(old: Methods, next: Methods, options?: DiffOptions) {
  return diffContracts([contract(old)], [contract(next)], options);
}

/** Path and message of each change of an input. */
function input(old: z.ZodType, next: z.ZodType): readonly string[] {
  return diff({ m: { input: old } }, { m: { input: next } }).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}

interface Tree {
  value?: unknown;
  children: Tree[];
}

function tree(value: z.ZodType): z.ZodType<Tree> {
  const node: z.ZodType<Tree> = z.lazy(() => z.object({ value, children: z.array(node) }));
  return node;
}

test('a change says where it is, what it is, whom it breaks and why', () => {
  const item = (quantity: z.ZodType) => z.object({ sku: z.string(), quantity });
  const place = (quantity: z.ZodType) => ({ input: z.object({ items: z.array(item(quantity)) }) });
  expect(diff({ place: place(z.number()) }, { place: place(z.bigint()) })).toEqual([
    {
      kind: 'wire-breaking',
      service: 'orders',
      method: 'place',
      side: 'input',
      path: 'items[].quantity',
      message: 'number → bigint',
      breaks: [
        { who: 'old-client', why: 'client sends number, server takes bigint' },
        { who: 'old-server', why: 'client sends bigint, server takes number' },
        { who: 'client-code', why: 'old code passes number, the new type wants bigint' },
      ],
    },
  ]);
});

test('an error says its reason', () => {
  const errors = (data: z.ZodType) => ({ place: { errors: { OUT: { code: 'ABORTED' as const, data } } } });
  expect(diff(errors(z.object({})), errors(z.object({ at: z.date().optional() })))).toEqual([
    {
      kind: 'compatible',
      service: 'orders',
      method: 'place',
      side: 'error',
      reason: 'OUT',
      path: 'at',
      message: 'optional key added: Date | undefined',
      breaks: [],
    },
  ]);
});

test('another kind of method is told in words', () => {
  const text = z.string();
  expect(diff({ m: { output: text } }, { m: { output: stream(text) } })).toEqual([
    {
      kind: 'wire-breaking',
      service: 'orders',
      method: 'm',
      path: '',
      message: 'unary → server-streaming: the output is a stream now',
      breaks: [
        { who: 'old-client', why: 'the client has a unary method, the server a server-streaming one' },
        { who: 'old-server', why: 'the client has a server-streaming method, the server a unary one' },
        { who: 'client-code', why: 'it expects one answer, and not a stream' },
      ],
    },
  ]);
});

const value = z.string();

test.each<[MethodSpec, MethodSpec, string]>([
  [{}, { oneway: true }, 'unary → oneway: it is not answered any more'],
  [
    { oneway: true },
    { output: stream(value) },
    'oneway → server-streaming: it is answered now, the output is a stream now',
  ],
  [{ input: value }, { input: stream(value) }, 'unary → client-streaming: the input is a stream now'],
  [
    { input: stream(value), output: stream(value) },
    {},
    'bidi-streaming → unary: the input is one value now, the output is one value now',
  ],
])('%o → %o', (old, next, message) => {
  expect(diff({ m: old }, { m: next }).map((change) => change.message)).toEqual([message]);
});

test('items of a stream are judged as single values are', () => {
  const item = (sku: z.ZodType) => z.object({ sku });
  const single = diff({ m: { output: item(z.string()) } }, { m: { output: item(z.date()) } });
  const items = diff({ m: { output: stream(item(z.string())) } }, { m: { output: stream(item(z.date())) } });
  expect(items).toEqual(single);
  expect(items[0]?.breaks).toHaveLength(3);
});

describe('blobs, descriptors and doors', () => {
  const one = (schema: z.ZodType) => z.object({ a: schema });

  test('are nothing else, and nothing else is one', () => {
    const kinds = [blob(), fd(), z.instanceof(Uint8Array), z.unknown(), z.number()];
    for (const old of kinds) {
      for (const next of kinds.slice(0, 2)) {
        if (old === next) continue;
        const changes = diff({ m: { input: one(old) } }, { m: { input: one(next) } });
        expect(changes).toMatchObject([{ kind: 'wire-breaking', path: 'a' }]);
        expect(changes[0]?.breaks.map(({ who }) => who).sort()).toContain('old-client');
      }
    }
  });

  test('a limit that is lowered breaks old clients', () => {
    const limit = (maxBytes: number) => one(blob({ maxBytes }));
    expect(diff({ m: { input: limit(9) } }, { m: { input: limit(5) } })).toMatchObject([
      { message: 'max bytes 9 → max bytes 5', breaks: [{ who: 'old-client' }] },
    ]);
    expect(diff({ m: { input: limit(5) } }, { m: { input: limit(9) } })).toMatchObject([
      { kind: 'compatible', message: 'max bytes 5 → max bytes 9' },
    ]);
    expect(diff({ m: { output: limit(9) } }, { m: { output: limit(5) } })).toMatchObject([
      { kind: 'compatible' },
    ]);
  });

  test('a door whose service has changed says so', () => {
    const to = (name: string, output: z.ZodType) => one(door(defineService(name, { m: { output } })));
    const changes = (old: z.ZodType, next: z.ZodType) =>
      diff({ m: { output: old } }, { m: { output: next } });
    expect(changes(to('session', z.string()), to('session', z.date()))).toMatchObject([
      { kind: 'wire-breaking', path: 'a', message: 'the service session behind the door has changed' },
    ]);
    expect(changes(to('session', z.string()), to('other', z.string()))).toMatchObject([
      { kind: 'wire-breaking', path: 'a', message: 'door(session) → door(other)' },
    ]);
    expect(changes(to('session', z.string()), to('session', z.string()))).toEqual([]);
  });
});

test('every change is told at its own place', () => {
  const old = z.object({
    list: z.array(z.string()),
    pair: z.tuple([z.string(), z.date()]),
    set: z.set(z.string()),
    table: z.record(z.string(), z.string()),
    index: z.map(z.string(), z.object({ 'odd key': z.string() })),
    open: z.object({}).catchall(z.string()),
    note: z.string().optional(),
  });
  const next = z.object({
    list: z.array(z.number()),
    pair: z.tuple([z.string(), z.number()]),
    set: z.set(z.number()),
    table: z.record(z.string(), z.number()),
    index: z.map(z.number(), z.object({ 'odd key': z.number() })),
    open: z.object({}).catchall(z.number()),
    note: z.number(),
  });
  expect(input(old, next)).toEqual([
    'index (keys): string → number',
    'index.*["odd key"]: string → number',
    'list[]: string → number',
    'note: became required',
    'note: string → number',
    'open.*: string → number',
    'pair[1]: Date → number',
    'set{}: string → number',
    'table.*: string → number',
  ]);
});

test('options of a union are told by their tag', () => {
  const event = (type: string, shape: z.core.$ZodShape) => z.object({ type: z.literal(type), ...shape });
  const old = z.union([event('made', { at: z.date() }), event('sent', {}), event('lost', {})]);
  const next = z.union([
    event('sent', { by: z.string() }),
    event('made', { at: z.string() }),
    event('kept', {}),
  ]);
  expect(input(z.array(old), z.array(next))).toEqual([
    '[](type: "made").at: Date → string',
    '[](type: "sent").by: required key added: string',
    '[]: option added: { type: "kept" }',
    '[]: option removed: { type: "lost" }',
  ]);
});

test('what a union allows as a whole, no part of it breaks', () => {
  const old = z.union([z.object({ a: z.string() }), z.object({ a: z.number() })]);
  const next = z.object({ a: z.union([z.string(), z.number()]) });
  const changes = diff(
    { m: { input: z.union([z.string(), old]) } },
    { m: { input: z.union([z.string(), next]) } },
  );
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.flatMap(({ breaks }) => breaks)).toEqual([]);
});

test('an option that takes what another one gives up breaks nobody', () => {
  const old = z.union([z.enum(['a', 'b']), z.number()]);
  const next = z.union([z.enum(['a']), z.number(), z.string()]);
  const changes = diff({ m: { input: old } }, { m: { input: next } });
  expect(changes.map(({ message }) => message)).toEqual(['"b" removed', 'option added: string']);
  expect(changes.flatMap(({ breaks }) => breaks)).toEqual([]);
});

test('a recursive shape is told once', () => {
  expect(input(tree(z.string()), tree(z.string().optional()))).toEqual(['value: became optional']);
  expect(input(tree(z.string()), tree(z.date()))).toEqual(['value: string → Date']);
});

test('shapes that are shared without end are walked in bounded time', () => {
  let [old, next]: [z.ZodType, z.ZodType] = [z.object({ leaf: z.string() }), z.object({ leaf: z.number() })];
  for (let i = 0; i < 60; i++) {
    old = z.object({ a: old, b: old });
    next = z.object({ a: next, b: next });
  }
  const changes = input(old, next);
  expect(changes.length).toBeLessThan(2_000);
  expect(changes[0]).toBe(`${'a.'.repeat(60)}leaf: string → number`);
});

test('checks are told by what they ask for', () => {
  expect(input(z.string().min(1).max(9), z.string().max(5).startsWith('a'))).toEqual([
    ': max length 9 → max length 5, no longer min length 1, now starts with "a"',
  ]);
  expect(input(z.number().gt(1), z.number().gte(1))).toEqual([': > 1 → ≥ 1']);
  expect(input(z.email(), z.uuid())).toEqual([expect.stringMatching(/^: email → uuid$/)]);
});

test.each<[string, z.ZodType, z.ZodType, boolean]>([
  ['a lower minimum', z.string().min(5), z.string().min(1), false],
  ['a higher minimum', z.string().min(1), z.string().min(5), true],
  ['an open bound for a closed one', z.number().gte(1), z.number().gt(1), true],
  ['a closed bound for an open one', z.number().gt(1), z.number().gte(1), false],
  ['a length that has the minimum', z.string().length(3), z.string().min(2), false],
  ['a length that has not the minimum', z.string().length(3), z.string().min(4), true],
  ['a divisor', z.number().multipleOf(4), z.number().multipleOf(2), false],
  ['no divisor', z.number().multipleOf(2), z.number().multipleOf(4), true],
  ['all integers for some', z.int32(), z.int(), false],
  ['some integers for all', z.int(), z.int32(), true],
  ['bigints', z.bigint().min(5n), z.bigint().min(1n), false],
  ['bigints that are larger', z.bigint().min(1n), z.bigint().min(5n), true],
  ['dates', z.date().max(new Date(5)), z.date().max(new Date(9)), false],
  ['dates that are earlier', z.date().max(new Date(9)), z.date().max(new Date(5)), true],
  ['more items', z.array(z.string()).max(5), z.array(z.string()).max(9), false],
  ['fewer items', z.array(z.string()).max(9), z.array(z.string()).max(5), true],
  ['another pattern', z.string().regex(/a/), z.string().regex(/b/), true],
])('checks: %s', (_, old, next, breaks) => {
  const changes = diff({ m: { input: old } }, { m: { input: next } });
  expect(changes.flatMap((change) => change.breaks.map(({ who }) => who))).toEqual(
    breaks ? ['old-client'] : [],
  );
});

test('the order of an update decides who meets', () => {
  const [old, next] = [z.object({}), z.object({ a: z.string() })];
  const kinds = (before: MethodSpec, after: MethodSpec) =>
    (['any', 'servers-first', 'clients-first'] as const).map(
      (rollout) => diff({ m: before }, { m: after }, { rollout })[0]?.kind,
    );
  expect(kinds({ output: old }, { output: next })).toEqual(['wire-breaking', 'compatible', 'wire-breaking']);
  expect(kinds({ input: old }, { input: next })).toEqual([
    'wire-breaking',
    'wire-breaking',
    'source-breaking',
  ]);
});

test('an intersection of objects is the object of their keys', () => {
  const both = z.object({ a: z.string() }).and(z.object({ b: z.string().optional() }));
  expect(input(both, z.object({ b: z.string().optional(), a: z.string() }))).toEqual([
    ': the same values, in another order of keys or options',
  ]);
  expect(input(both, z.object({ a: z.string(), b: z.string() }))).toEqual(['b: became required']);
});

test('a contract that has no room in the handshake breaks with every change', () => {
  const keys = (count: number) =>
    z.object(
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`a_rather_long_name_of_a_key_${i}`, z.string()]),
      ),
    );
  const small = { m: { input: keys(10) }, n: {} };
  const large = { m: { input: keys(2_000).partial() }, n: {} };
  expect(diff(large, large)).toEqual([]);
  expect(diff(small, { ...small, m: { input: keys(10).partial() } }).map(({ kind }) => kind)).not.toContain(
    'wire-breaking',
  );
  const [first] = diff(large, { ...large, n: { input: z.string().optional() } });
  expect(first).toMatchObject({
    kind: 'wire-breaking',
    path: '',
    message: 'the contract takes more than 48 KiB in the handshake',
    breaks: [
      { who: 'old-client', why: 'methods that have changed are refused' },
      { who: 'old-server', why: 'methods that have changed are refused' },
    ],
  });
});
