import { readFileSync } from 'node:fs';
import { type AnyService, defineService, type MethodSpec, stream } from '@doorcall/core';
import { describe as describeService, type ServiceDescriptor } from '@doorcall/core/contract';
import { blob, door, fd } from '@doorcall/core/zod';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { diffContracts } from '../../src/diff/index.js';
import {
  isSnapshot,
  parseSnapshot,
  SnapshotError,
  snapshotFileName,
  snapshotOf,
} from '../../src/snapshot/index.js';

function service(methods: Readonly<Record<string, MethodSpec>>): AnyService {
  return defineService('shop.orders' as string, methods);
}

interface Tree {
  value: string;
  children: Tree[];
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ value: z.string(), children: z.array(tree) }));
const nest: z.ZodType = z.lazy(() => z.array(nest));

const sku = z.object({ sku: z.string().min(1), vendor: z.string() });

/** One of everything. */
const all = service({
  audit: { input: z.object({ event: z.string() }), oneway: true },
  kinds: {
    input: z.tuple([
      z.string(),
      z.number(),
      z.bigint(),
      z.boolean(),
      z.null(),
      z.undefined(),
      z.nan(),
      z.date(),
      z.instanceof(Uint8Array),
      z.unknown(),
      z.never(),
      z.custom<string>(),
      z.instanceof(URL),
    ]),
    output: z.tuple([z.string(), z.string().optional()], z.date()),
  },
  nothing: {},
  place: {
    input: z.strictObject({
      'odd key': z.literal(['a "quoted" one', -1.5, 10n, true, null, undefined]),
      items: z.array(sku).min(1).max(100),
      first: sku.optional(),
      state: z.enum(['open', 'paid', 'packed', 'sent', 'lost']),
      price: z.number().gte(0).multipleOf(0.01).default(0),
      code: z.templateLiteral(['A-', z.number()]),
      mail: z.string().regex(/^[^"\\@]+@.+$/u),
      tags: z.set(z.string()).max(5),
      by: z.map(z.string(), z.record(z.string(), z.bigint().min(1n))),
      loose: z.looseObject({}).nullable(),
      rest: z.object({ a: z.string() }).catchall(z.number()),
      union: z.union([z.string(), z.object({ a: z.string() })]),
      both: z.object({ a: z.string() }).and(z.record(z.string(), z.unknown())),
      empty: z.object({}),
      tree,
      nest,
    }),
    output: z.object({ id: z.uuid() }),
    errors: {
      OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: sku },
      LATE: { code: 'DEADLINE_EXCEEDED' },
    },
  },
});

test('reads like the contract', () => {
  expect(snapshotOf(all)).toMatchSnapshot();
});

test('is what docs/compatibility.md shows', () => {
  const document = readFileSync(new URL('../../../../docs/compatibility.md', import.meta.url), 'utf8');
  const [shown] = /(?<=^```\n)doorcall contract[^`]*(?:`[^`]+`[^`]*)*?(?=^```$)/m.exec(document) ?? [];
  const orders = defineService('orders', {
    place: {
      input: z.object({
        customer: z.string(),
        items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().positive() })),
        note: z.string().optional(),
      }),
      output: z.object({ id: z.string() }),
      errors: { OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: z.object({ sku: z.string() }) } },
    },
  });
  expect(snapshotOf(orders)).toBe(shown);
});

test('says all that the descriptor says', () => {
  const { fingerprint, ...contract } = describeService(all);
  expect(parseSnapshot(snapshotOf(all))).toEqual(contract);
});

const streams = service({
  chat: { input: stream(z.object({ stream: z.string() })), output: stream(z.string()) },
  // A stream of nothing is not nothing.
  tick: { output: stream(z.undefined()) },
  upload: { input: stream(sku), output: sku, errors: { FULL: { code: 'RESOURCE_EXHAUSTED', data: sku } } },
  watch: { input: sku, output: stream(sku) },
});

test('says what is a stream', () => {
  expect(snapshotOf(streams)).toMatchSnapshot();
  const { fingerprint, ...contract } = describeService(streams);
  expect(parseSnapshot(snapshotOf(streams))).toEqual(contract);
});

const asks = defineService(
  'room',
  { confirm: { input: sku } },
  {
    callbacks: {
      confirm: { input: sku, output: sku, errors: { BUSY: { code: 'UNAVAILABLE' } } },
      notify: { input: z.string(), oneway: true },
      numbers: { output: stream(z.number()) },
    },
  },
);

test('says what clients serve', () => {
  expect(snapshotOf(asks)).toMatchSnapshot();
  const { fingerprint, callbacks, ...contract } = describeService(asks);
  const { fingerprint: _, ...ofClients } = callbacks as ServiceDescriptor;
  expect(parseSnapshot(snapshotOf(asks))).toEqual({ ...contract, callbacks: ofClients });
});

const attached = service({
  open: {
    input: z.object({ image: blob({ maxBytes: 10 }), any: blob().optional(), files: z.array(fd()) }),
    output: door(defineService('session', { m: {} })),
  },
});

test('says what travels beside messages', () => {
  expect(snapshotOf(attached)).toMatchSnapshot();
  const { fingerprint, ...contract } = describeService(attached);
  expect(parseSnapshot(snapshotOf(attached))).toEqual(contract);
});

test('depends on the contract alone', () => {
  const methods = { b: { input: z.string() }, a: { output: sku } };
  const { a, b } = methods;
  expect(snapshotOf(service({ a, b }))).toBe(snapshotOf(service({ b, a })));
});

test('a change of one method touches the lines of that method only', () => {
  const lines = (quantity: z.ZodType) =>
    snapshotOf(service({ a: { input: sku }, b: { input: z.object({ quantity }) }, c: { input: sku } })).split(
      '\n',
    );
  const [old, next] = [lines(z.number()), lines(z.bigint())];
  expect(next).toHaveLength(old.length);
  expect(old.filter((line, i) => line !== next[i])).toEqual(['    quantity: number']);
});

test('a shape that is used again and again does not fill pages', () => {
  let schema: z.ZodType = z.string();
  for (let i = 0; i < 24; i++) schema = z.map(schema, schema);
  const text = snapshotOf(service({ m: { input: schema } }));
  expect(text.length).toBeLessThan(5_000);
  expect(text).toContain('map of map of string to string to map of string to string');
});

test('blank lines, line ends and comments say nothing', () => {
  const text = snapshotOf(all);
  const other = text.replaceAll('\n', '\r\n  \r\n# note: "method" {\r\n');
  expect(diffContracts([parseSnapshot(text)], [parseSnapshot(other)])).toEqual([]);
});

test('the file is named after the service', () => {
  expect(snapshotFileName(all)).toBe('shop.orders.contract.txt');
});

test('other texts are told apart', () => {
  expect(isSnapshot(snapshotOf(all))).toBe(true);
  expect(isSnapshot('{}')).toBe(false);
});

const HEAD = 'doorcall contract, format 1\nservice s\n';

test.each<[string, string, number, number, string]>([
  ['no snapshot', '{}', 1, 1, "it is no contract snapshot: one begins with 'doorcall contract, format 1'"],
  [
    'nothing after the title',
    'doorcall contract, format 1',
    1,
    28,
    "'service' is expected, and the text ends",
  ],
  ['no method', HEAD, 3, 1, "'method' is expected: a service has at least one"],
  ['an unknown shape', `${HEAD}method m\n  input text`, 4, 9, "'text' is no shape"],
  [
    'a one-way stream',
    `${HEAD}method m oneway\n  input stream string`,
    4,
    9,
    'the input of a one-way method is no stream',
  ],
  ['a stream of nothing', `${HEAD}method m\n  output stream }`, 4, 17, 'a shape is expected'],
  ['no shape', `${HEAD}method m\n  input }`, 4, 9, 'a shape is expected'],
  ['an open object', `${HEAD}method m input { a: string`, 3, 27, 'a key is expected, and the text ends'],
  ['a key twice', `${HEAD}method m input { a: string a: string }`, 3, 28, "key 'a' is there twice"],
  ['no colon', `${HEAD}method m input { a string }`, 3, 20, "':' is expected, not 'string'"],
  [
    'an unknown place',
    `${HEAD}method m input same as "m.output"`,
    3,
    24,
    'nothing stands at "m.output" so far',
  ],
  [
    'methods out of order',
    `${HEAD}method b\nmethod a`,
    4,
    1,
    "method 'a' stands behind 'b'; they are sorted",
  ],
  [
    'a method behind a callback',
    `${HEAD}method m\ncallback c\nmethod n`,
    5,
    1,
    "'callback' is expected, not 'method'",
  ],
  ['neither method nor callback', `${HEAD}method m\ncall c`, 4, 1, "'method' is expected, not 'call'"],
  ['callbacks alone', `${HEAD}callback c`, 3, 1, "'method' is expected: a service has at least one"],
  [
    'callbacks out of order',
    `${HEAD}method m\ncallback b\ncallback a`,
    5,
    1,
    "callback 'a' stands behind 'b'; they are sorted",
  ],
  [
    'the place of a method in a callback',
    `${HEAD}method m input string\ncallback m input same as "m.input"`,
    4,
    26,
    'nothing stands at "m.input" so far',
  ],
  ['a door to nothing', `${HEAD}method m input door("a")`, 3, 24, "',' is expected, not ')'"],
  ['an error twice', `${HEAD}method m error R ABORTED error R ABORTED`, 3, 32, 'error R is there twice'],
  ['a strange sign', `${HEAD}method m input string;`, 3, 22, "';' is not expected"],
  ['a merge conflict', `${HEAD}<<<<<<< HEAD\nmethod m`, 3, 1, 'a merge conflict is not resolved'],
  ['a broken string', `${HEAD}method m input { "a\\x": string }`, 3, 18, '"a\\x" is no JSON string'],
  [
    'a broken check',
    `${HEAD}method m input string & min_length(minimum x)`,
    3,
    44,
    'a JSON value is expected',
  ],
  ['a literal that is none', `${HEAD}method m input literal a`, 3, 24, 'a literal is expected'],
  [
    'a tuple with a gap',
    `${HEAD}method m input tuple [maybe string string]`,
    3,
    36,
    "'maybe' is expected: an item before it may be absent",
  ],
  [
    'too many levels',
    `${HEAD}method m input ${'optional '.repeat(2_000)}string`,
    3,
    9_016,
    'it is nested too deeply',
  ],
])('%s is an error with its place', (_, text, line, column, what) => {
  let error: unknown;
  try {
    parseSnapshot(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(SnapshotError);
  expect(error).toMatchObject({
    problem: 'syntax',
    message: `line ${line}, column ${column}: ${what}`,
    line,
    column,
  });
});

test('a later format is told from a damaged text', () => {
  const parse = () => parseSnapshot('doorcall contract, format 2\nservice s\n');
  expect(parse).toThrow(expect.objectContaining({ problem: 'format' }));
  expect(parse).toThrow('it is of format 2, and this version of doorcall reads format 1');
});

test('names of prototypes are names like others', () => {
  const odd = service({ m: { input: z.object({ ['__proto__']: z.string(), constructor: z.number() }) } });
  const { fingerprint, ...contract } = describeService(odd);
  expect(parseSnapshot(snapshotOf(odd))).toEqual(contract);
});
