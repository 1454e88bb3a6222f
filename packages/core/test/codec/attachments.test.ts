import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ownFd } from '../../src/attach/owned-fd.js';
import type { IncomingAttachments, OutgoingAttachment } from '../../src/codec/attachments.js';
import type { ServiceCodec } from '../../src/codec/codec.js';
import { writeAny } from '../../src/codec/generated/any-value.js';
import { Writer } from '../../src/codec/generated/writer.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { type AttachmentKind, attachmentSymbol } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { AnyService } from '../../src/contract/types.js';
import { blob, door, fd } from '../../src/zod.js';

const inner = defineService('inner', { say: { input: z.string() } });
/** What arrives in the place of an attachment. */
const arrived = (kind: AttachmentKind, of?: unknown) => ({ [attachmentSymbol]: kind, of });
const bytes = (...values: number[]) => Uint8Array.from(values);

function codecs(schema: StandardSchema): readonly ServiceCodec[] {
  const service = defineService('s', {
    m: { input: schema, output: schema },
    o: { input: schema, oneway: true },
  });
  return [createMsgpackCodec(service, { named: false }), createMsgpackCodec(service, { named: true })];
}

interface Sent {
  readonly body: Uint8Array;
  readonly attachments: readonly OutgoingAttachment[];
}

function send(codec: ServiceCodec, value: unknown, what: 'Input' | 'Output' = 'Input'): Sent {
  const { bytes: memory, start, end, attachments = [] } = codec[`encode${what}`](0, value);
  return { body: memory.slice(start, end), attachments };
}

/** Stands for a connection: what was sent arrives, each once, and all of it was asked for. */
class Beside implements IncomingAttachments {
  readonly asked: number[] = [];
  readonly services: (AnyService | undefined)[] = [];
  constructor(readonly attachments: readonly OutgoingAttachment[]) {}

  at(index: number, kind: AttachmentKind, service: AnyService | undefined): unknown {
    const found = this.attachments[index];
    if (found?.kind !== kind || this.asked.includes(index)) throw new TypeError('no such attachment');
    this.asked.push(index);
    this.services.push(service);
    return arrived(kind, found.value);
  }
}

function receive(codec: ServiceCodec, { body, attachments }: Sent, what: 'Input' | 'Output' = 'Input') {
  const beside = attachments.length === 0 ? undefined : new Beside(attachments);
  const value = codec[`decode${what}`](0, body, 0, body.length, beside);
  expect(beside?.asked.length ?? 0).toBe(attachments.length);
  return value;
}

/** The value as it arrives, by both codecs and in both directions. */
function travels(schema: StandardSchema, value: unknown): unknown {
  const results = codecs(schema).flatMap((codec) =>
    (['Input', 'Output'] as const).map((what) => receive(codec, send(codec, value, what), what)),
  );
  for (const each of results) expect(each).toStrictEqual(results[0]);
  return results[0];
}

const file = ownFd(0);
file.detach();

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

describe('hostile bodies', () => {
  const schema = z.object({ a: fd().optional(), b: z.unknown(), c: z.array(blob()).optional() });
  const [codec, named] = codecs(schema) as [ServiceCodec, ServiceCodec];
  const decode = (body: Uint8Array, beside?: IncomingAttachments) =>
    named.decodeInput(0, body, 0, body.length, beside);
  const one = [{ kind: 'fd', value: 3 }] as const;
  const text = (value: string) => [0xa0 + value.length, ...Buffer.from(value)];
  const key = (name: string, ...value: number[]) => bytes(0x81, ...text(name), ...value);
  const refused = expect.objectContaining({
    code: 'INVALID_ARGUMENT',
    origin: 'server',
    maybeExecuted: false,
  });
  /** What stands in the place of the first descriptor, as an honest peer writes it. */
  const place = [...send(named, { a: 3 }).body.slice(3)];

  it('an honest one, to begin with', () => {
    expect(decode(key('a', ...place), new Beside(one))).toStrictEqual({ a: arrived('fd', 3) });
  });

  it.each<[string, Uint8Array]>([
    ['an attachment where there is none in the contract', key('b', ...place)],
    ['an attachment under an unknown key', key('z', ...place)],
    ['one within another', key('a', 0x92, 0xc1, ...place)],
    ['one of another kind', key('c', 0x91, ...place)],
    ['an index beyond', key('a', 0x92, 0xc1, 0xcd, 0x03, 0x01)],
    ['a negative index', key('a', 0x92, 0xc1, 0xff)],
    ['half an index', key('a', 0x92, 0xc1, 0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0)],
    ['a text as index', key('a', 0x92, 0xc1, ...text('0'))],
    ['the mark alone', key('a', 0xc1)],
    ['the mark second', key('a', 0x92, 0x00, 0xc1)],
    ['a place as a key of a Map', key('b', 0x93, 0xc1, ...place, 0x01)],
    ['one place twice', bytes(0x82, ...text('a'), ...place, ...text('c'), 0x91, ...place)],
  ])('%s', (_, body) => {
    expect(() => decode(body, new Beside(one))).toThrow(refused);
    // And nothing of it stays behind for the next message.
    expect(decode(key('a', ...place), new Beside(one))).toStrictEqual({ a: arrived('fd', 3) });
  });

  it.each<[string, Uint8Array]>([
    ['a place', key('a', ...place)],
    ['a place where anything may be', key('b', ...place)],
  ])('%s when nothing came beside it', (_, body) => {
    expect(() => decode(body)).toThrow(refused);
    expect(() => named.decodeOutput(0, body, 0, body.length)).toThrow(/INTERNAL/);
  });

  it('of answers are no number or bytes in place of an attachment', () => {
    for (const [value, at] of [
      [key('a', 0x05), 'a'],
      [key('c', 0x91, 0xc4, 1, 7), 'c'],
      [key('a', ...key('fd', 5)), 'a'],
    ] as const) {
      expect(at).toBeTruthy();
      expect(() => named.decodeOutput(0, value, 0, value.length)).toThrow(
        expect.objectContaining({ code: 'INTERNAL', message: expect.stringContaining('cannot be decoded') }),
      );
    }
  });

  it('of answers are none in place of a union of them', () => {
    const [one] = codecs(z.union([fd(), z.string()])) as [ServiceCodec];
    expect(one.decodeOutput(0, bytes(0xa1, 0x61), 0, 2)).toBe('a');
    expect(() => one.decodeOutput(0, bytes(5), 0, 1)).toThrow(/INTERNAL/);
  });

  it('deep ones end', () => {
    const depth = 100_000;
    const body = Buffer.concat([bytes(0x81, ...text('c')), Buffer.alloc(depth, 0x91), bytes(...place)]);
    expect(() => decode(body, new Beside(one))).toThrow(refused);
    expect(codec).toBeDefined();
  });

  it('wide ones end', () => {
    const count = 50_000;
    const head = bytes(0x81, ...text('c'), 0xdd, 0, 0, count >> 8, count & 255);
    const body = Buffer.concat([head, ...Array(count).fill(bytes(...place))]);
    expect(() => decode(body, new Beside(one))).toThrow(refused);
  });
});
