import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ServiceCodec } from '../../src/codec/codec.js';
import { writeAny } from '../../src/codec/generated/any-value.js';
import { Writer } from '../../src/codec/generated/writer.js';
import { attachmentSymbol } from '../../src/contract/attachments.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { blob, door, fd } from '../../src/zod.js';
import { arrived, Beside, bytes, codecs, file, inner, receive, send, travels } from './beside.js';

describe('attachments in MessagePack', () => {
  it.each<[string, StandardSchema, unknown, unknown]>([
    ['as the whole value', blob(), bytes(1), arrived('blob', bytes(1))],
    ['in an object', z.object({ a: fd(), b: z.int() }), { a: 3, b: 3 }, { a: arrived('fd', 3), b: 3 }],
    ['owned', z.object({ a: fd() }), { a: file }, { a: arrived('fd', file) }],
    [
      'beside bytes',
      z.object({ a: blob(), b: z.instanceof(Uint8Array) }),
      { a: bytes(1), b: bytes(1) },
      { a: arrived('blob', bytes(1)), b: bytes(1) },
    ],
    [
      'in an array',
      z.array(blob()),
      [bytes(1), bytes(2)],
      [arrived('blob', bytes(1)), arrived('blob', bytes(2))],
    ],
    ['twice the same', z.array(fd()), [3, 3], [arrived('fd', 3), arrived('fd', 3)]],
    [
      'in a tuple with a rest',
      z.tuple([z.int(), fd()], blob()),
      [7, 3, bytes(1)],
      [7, arrived('fd', 3), arrived('blob', bytes(1))],
    ],
    ['in a record', z.record(z.string(), blob()), { x: bytes(1) }, { x: arrived('blob', bytes(1)) }],
    [
      'in a map',
      z.map(z.string(), blob()),
      new Map([['x', bytes(1)]]),
      new Map([['x', arrived('blob', bytes(1))]]),
    ],
    [
      'in a map of half an entry',
      z.map(z.int(), z.int().optional()),
      new Map([[1, undefined]]),
      new Map([[1, undefined]]),
    ],
    [
      'in a record of known keys',
      z.record(z.enum(['a', 'b']), z.union([z.string(), blob()]).optional()),
      { a: 'x', b: bytes(1) },
      { a: 'x', b: arrived('blob', bytes(1)) },
    ],
    ['in a set', z.set(blob()), new Set([bytes(1)]), new Set([arrived('blob', bytes(1))])],
    ['as a catchall', z.object({}).catchall(blob()), { x: bytes(1) }, { x: arrived('blob', bytes(1)) }],
    [
      'beside maps',
      z.object({ m: z.map(z.int(), z.any()), b: blob() }),
      { m: new Map([[1, [2]]]), b: bytes(1) },
      { m: new Map([[1, [2]]]), b: arrived('blob', bytes(1)) },
    ],
    [
      'optional, there',
      z.object({ a: blob().optional() }),
      { a: bytes(1) },
      { a: arrived('blob', bytes(1)) },
    ],
    ['optional, absent', z.object({ a: blob().optional() }), {}, {}],
    ['nullable', z.object({ a: blob().nullable() }), { a: null }, { a: null }],
    [
      'in an intersection',
      z.intersection(z.object({ a: fd() }), z.object({ b: blob() })),
      { a: 3, b: bytes(1) },
      { a: arrived('fd', 3), b: arrived('blob', bytes(1)) },
    ],
    [
      'refined and described',
      z.object({
        a: blob()
          .refine(() => true)
          .describe('x'),
      }),
      { a: bytes(1) },
      { a: arrived('blob', bytes(1)) },
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(travels(schema, value)).toStrictEqual(expected);
  });

  it('of doors come with the service behind them', () => {
    const [codec] = codecs(z.array(door(inner))) as [ServiceCodec];
    const sent = send(codec, [arrived('door', 1)]);
    const beside = new Beside(sent.attachments);
    codec.decodeInput(0, sent.body, 0, sent.body.length, beside);
    expect(beside.services).toEqual([inner]);
  });

  it('of one-way methods, too', () => {
    const [codec] = codecs(blob()) as [ServiceCodec];
    expect(codec.encodeInput(1, bytes(1)).attachments).toEqual([{ kind: 'blob', value: bytes(1) }]);
  });

  it('leave the value as it is', () => {
    const value = { list: [{ a: bytes(1) }], rest: { x: 1 } };
    const copy = structuredClone(value);
    travels(z.object({ list: z.array(z.object({ a: blob() })), rest: z.any() }), value);
    expect(value).toStrictEqual(copy);
  });

  it('are none of the next message', () => {
    for (const codec of codecs(z.object({ a: blob().optional() }))) {
      expect(send(codec, { a: bytes(1) }).attachments).toHaveLength(1);
      expect(codec.encodeInput(0, {}).attachments).toBeUndefined();
      expect(codec.encodeInput(0, undefined).attachments).toBeUndefined();
    }
  });
});

describe('options of a union', () => {
  const tagged = z.discriminatedUnion('t', [
    z.object({ t: z.literal('number'), v: z.number() }),
    z.object({ t: z.literal('fd'), v: fd() }),
    z.object({ t: z.literal('bytes'), v: z.instanceof(Uint8Array) }),
    z.object({ t: z.literal('blob'), v: blob() }),
  ]);
  it.each<[string, StandardSchema, unknown, unknown]>([
    ['told apart by a key: a number', tagged, { t: 'number', v: 5 }, { t: 'number', v: 5 }],
    ['told apart by a key: a descriptor', tagged, { t: 'fd', v: 5 }, { t: 'fd', v: arrived('fd', 5) }],
    ['told apart by a key: bytes', tagged, { t: 'bytes', v: bytes(5) }, { t: 'bytes', v: bytes(5) }],
    [
      'told apart by a key: a blob',
      tagged,
      { t: 'blob', v: bytes(5) },
      { t: 'blob', v: arrived('blob', bytes(5)) },
    ],
    ['in their order: a number', z.union([z.number(), fd()]), 5, 5],
    ['in their order: a literal', z.union([z.literal(5), fd()]), 5, 5],
    ['in their order: not the literal', z.union([z.literal(4), fd()]), 5, arrived('fd', 5)],
    ['in their order: bytes', z.union([z.instanceof(Uint8Array), blob()]), bytes(1), bytes(1)],
    [
      'in their order: a blob',
      z.union([blob(), z.instanceof(Uint8Array)]),
      bytes(1),
      arrived('blob', bytes(1)),
    ],
    ['in their order: anything', z.union([z.unknown(), blob()]), bytes(1), bytes(1)],
    ['in their order: not what code judges', z.union([z.custom(), fd()]), file, arrived('fd', file)],
    [
      'told apart by a key that is not there',
      z.union([z.object({ n: z.number(), x: z.string() }), z.object({ n: fd() })]),
      { n: 5 },
      { n: arrived('fd', 5) },
    ],
    [
      'told apart by a key too many',
      z.union([z.strictObject({ n: z.number() }), z.object({ n: fd(), x: z.string() })]),
      { n: 5, x: '' },
      { n: arrived('fd', 5), x: '' },
    ],
    [
      'told apart by their length',
      z.union([z.tuple([z.number()]), z.tuple([fd(), fd()])]),
      [3, 4],
      [arrived('fd', 3), arrived('fd', 4)],
    ],
    ['of what can only be the other', z.union([z.number(), fd()]), file, arrived('fd', file)],
    [
      'told apart deeper down',
      z.union([z.object({ a: z.object({ x: z.string() }) }), z.object({ a: z.object({ x: fd() }) })]),
      { a: { x: 5 } },
      { a: { x: arrived('fd', 5) } },
    ],
    ['of two kinds: a blob', z.union([fd(), blob()]), bytes(1), arrived('blob', bytes(1))],
    ['of two kinds: a descriptor', z.union([blob(), fd()]), 4, arrived('fd', 4)],
    ['of lists', z.union([z.array(z.string()), z.array(blob())]), [bytes(1)], [arrived('blob', bytes(1))]],
    [
      'of the same place',
      z.union([z.object({ a: blob(), b: z.string() }), z.object({ a: blob(), b: z.int() })]),
      { a: bytes(1), b: 1 },
      { a: arrived('blob', bytes(1)), b: 1 },
    ],
  ])('%s', (_, schema, value, expected) => {
    expect(travels(schema, value)).toStrictEqual(expected);
  });

  it('cost no more the deeper they are nested', () => {
    interface Node {
      t: string;
      next?: Node;
      v?: unknown;
    }
    const node: z.ZodType<Node> = z.lazy(() =>
      z.union([
        z.object({ t: z.literal('a'), next: node.optional() }),
        z.object({ t: z.string(), next: node.optional(), v: z.number().optional() }),
        z.object({ t: z.string(), next: node.optional(), v: blob().optional() }),
      ]),
    ) as never;
    let value: Node = { t: 'c', v: bytes(1) };
    for (let i = 0; i < 200; i++) value = { t: i % 2 ? 'a' : 'b', next: value };
    expect(codecs(node).map((codec) => send(codec, value).attachments.length)).toEqual([1, 1]);
    expect(travels(node, value)).toMatchObject({ next: { next: {} } });
    // Also when none of them fits in the end.
    let bad: unknown = { t: 'c', v: 'text' };
    for (let i = 0; i < 200; i++) bad = { t: 'b', next: bad };
    expect(codecs(node).map((codec) => receive(codec, send(codec, bad)))).toStrictEqual([bad, bad]);
  });
});

describe('what cannot travel', () => {
  it('more than 256 in a message', () => {
    for (const codec of codecs(z.array(fd()))) {
      expect(send(codec, Array(256).fill(1)).attachments).toHaveLength(256);
      const limit = /256 attachments/;
      expect(() => codec.encodeInput(0, Array(257).fill(1))).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringMatching(limit),
          method: 's/m',
        }),
      );
      expect(() => codec.encodeOutput(0, Array(257).fill(1))).toThrow(
        expect.objectContaining({ code: 'INTERNAL', message: expect.stringMatching(limit) }),
      );
    }
  });

  it('a cycle around them is told as everywhere', () => {
    const schema: z.ZodType = z.lazy(() => z.object({ b: blob().optional(), self: schema.optional() }));
    const value: { self?: unknown } = {};
    value.self = value;
    for (const codec of codecs(schema)) {
      expect(() => codec.encodeInput(0, value)).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining('input.self is a circular reference to input'),
        }),
      );
    }
  });

  it('a getter that throws', () => {
    const value = {
      get a(): Uint8Array {
        throw new Error('mine');
      },
    };
    for (const codec of codecs(z.object({ a: blob() })))
      expect(() => codec.encodeInput(0, value)).toThrow(/INVALID_ARGUMENT.*mine/);
  });

  it.each<[string, StandardSchema]>([
    ['where anything may be', z.object({ a: z.any() })],
    ['where something else belongs', z.object({ a: z.string() })],
    ['where other attachments are', z.object({ a: z.any(), b: blob().optional() })],
    ['where a key is unknown', z.object({ b: z.int().optional() })],
  ])('an attachment %s', (_, schema) => {
    for (const codec of codecs(schema)) {
      expect(() => codec.encodeInput(0, { a: arrivedBlob })).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringContaining(
            'input.a is a blob, which can travel only where the contract has one',
          ),
        }),
      );
    }
  });

  it('names what it is and not what is all right', () => {
    class Stub {
      readonly [attachmentSymbol] = 'door';
      readonly say = () => {};
    }
    for (const codec of codecs(z.object({ d: door(inner), f: z.any() })))
      expect(() => codec.encodeInput(0, { d: new Stub(), f: () => {} })).toThrow(/input\.f is a function/);
    const list: z.ZodType = z.lazy(() => z.object({ d: door(inner).optional(), next: list.optional() }));
    const cycle: { d?: Stub; next?: unknown } = {};
    cycle.next = { next: cycle };
    for (const codec of codecs(z.object({ first: door(inner), list })))
      expect(() => codec.encodeInput(0, { first: new Stub(), list: cycle })).toThrow(
        /input\.list\.next\.next is a circular/,
      );
  });
});

class ArrivedBlob {
  readonly [attachmentSymbol] = 'blob';
  readonly byteLength = 1;
}
const arrivedBlob = new ArrivedBlob();

describe('what is not of the contract', () => {
  it('travels as it is, for the schema to judge', () => {
    for (const codec of codecs(z.object({ a: fd(), b: blob() }))) {
      const value = { a: 'x', b: [-1] };
      const sent = send(codec, value);
      expect(sent.attachments).toEqual([]);
      expect(receive(codec, sent)).toStrictEqual(value);
    }
  });

  it('does not describe itself in generated code, either', () => {
    expect(() => writeAny(new Writer(), { a: [arrivedBlob] })).toThrow();
    expect(() => writeAny(new Writer(), { a: [{}] })).not.toThrow();
  });
});
