import { createServer, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attachmentSymbol } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { describe as describeService } from '../../src/contract/descriptor.js';
import { parseDescriptor, serializeDescriptor } from '../../src/contract/exchange.js';
import { judge } from '../../src/contract/judge.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { AnyService, MethodSpec } from '../../src/contract/types.js';
import { sendingValidatorOf, validatorOf } from '../../src/contract/validate.js';
import { planMethods } from '../../src/server/method-plan.js';
import { blob, door, fd } from '../../src/zod.js';

const service = (spec: MethodSpec, name = 's') => defineService(name as string, { m: spec }) as AnyService;
const talk = (input: StandardSchema = z.string(), name = 'talk') => service({ input }, name);
const fingerprint = (spec: MethodSpec) => describeService(service(spec)).fingerprint;

function differences(client: MethodSpec, server: MethodSpec): readonly string[] {
  const theirs = parseDescriptor(serializeDescriptor(describeService(service(server))));
  const judgement = judge(describeService(service(client)), theirs).get('m');
  return judgement?.ok === false ? judgement.differences : [];
}
const request = (client: StandardSchema, server: StandardSchema) =>
  differences({ input: client }, { input: server });
const answer = (server: StandardSchema, client: StandardSchema) =>
  differences({ output: client }, { output: server });

describe('attachments in a contract', () => {
  it('have no options but those that there are', () => {
    expect(() => blob({ maxbytes: 5 } as never)).toThrow(
      "blob: there is no option 'maxbytes'; did you mean 'maxBytes'?",
    );
    expect(() => (fd as (bytes: number) => unknown)(5)).toThrow(TypeError);
  });

  it('are shapes of their own', () => {
    const { shapes } = describeService(
      service({ input: z.object({ a: blob({ maxBytes: 9 }), b: fd(), c: door(talk()) }) }),
    );
    expect(shapes.filter(({ kind }) => ['blob', 'fd', 'door'].includes(kind))).toEqual([
      { kind: 'blob', checks: ['{"check":"max_bytes","maximum":9}'] },
      { kind: 'fd' },
      { kind: 'door', name: 'talk', fingerprint: describeService(talk()).fingerprint },
    ]);
  });

  it('are part of the fingerprint, doors with all that is behind them', () => {
    const all = [
      z.instanceof(Uint8Array),
      blob(),
      blob({ maxBytes: 1 }),
      fd(),
      door(talk()),
      door(talk(z.int())),
      door(talk(z.string(), 'other')),
      door(talk(door(talk(z.string(), 'inner')))),
      door(talk(door(talk(z.int(), 'inner')))),
    ].map((input) => fingerprint({ input }));
    expect(new Set(all).size).toBe(all.length);
    expect(fingerprint({ input: door(talk()) })).toBe(fingerprint({ input: door(talk()) }));
  });

  it.each([undefined, null, {}, 'talk', z.string()])('have no door to %s', (given) => {
    expect(() => door(given as never)).toThrow(TypeError);
  });

  it('may lead in circles', () => {
    const room = (word: StandardSchema) => {
      const made: AnyService = service(
        { input: z.object({ me: door(() => made).optional(), word }) },
        'room',
      );
      return describeService(made).fingerprint;
    };
    expect(room(z.string())).toBe(room(z.string()));
    expect(room(z.string())).not.toBe(room(z.int()));
    const ping: AnyService = service({ input: door(() => pong) }, 'ping');
    const pong: AnyService = service({ input: door(() => ping) }, 'pong');
    expect(describeService(ping).fingerprint).not.toBe(describeService(pong).fingerprint);
  });

  it.each<[string, unknown, z.ZodType, string]>([
    [
      'a FileHandle',
      new (class FileHandle {})(),
      fd(),
      'expected a descriptor; of a FileHandle, pass its number: handle.fd',
    ],
    [
      'a socket',
      new Socket(),
      fd(),
      'expected a descriptor; Node shows no descriptor of a Socket: docs/descriptors.md',
    ],
    [
      'a server',
      createServer(),
      fd(),
      'expected a descriptor; Node shows no descriptor of a Server: docs/descriptors.md',
    ],
    ['a text', 'x', fd(), 'expected a descriptor'],
    [
      'a Blob',
      new Blob(['a']),
      blob(),
      'expected a blob; of a Blob, pass its bytes: new Uint8Array(await blob.arrayBuffer())',
    ],
    ['an ArrayBuffer', new ArrayBuffer(1), blob(), 'expected a blob; of an ArrayBuffer, pass its bytes'],
    ['another view', new Float64Array(1), blob(), 'expected a blob; of another view, pass its bytes'],
    [
      'a text',
      'x',
      blob({ maxBytes: 3 }),
      'expected a blob of at most 3 bytes; of a text, pass its bytes: Buffer.from(text)',
    ],
    ['a number', 1, blob(), 'expected a blob'],
    ['handlers', { say: () => {} }, door(talk()), 'expected a door; createDoor(service, handlers) makes one'],
    ['nothing', undefined, door(talk()), 'expected a door'],
  ])('say what to pass instead of %s', (_, value, schema, message) => {
    const said = schema.safeParse(value).error?.issues[0]?.message ?? '';
    expect(said.slice(0, message.length)).toBe(message);
    if (!message.includes(';')) expect(said).toBe(message);
  });

  it('are no data of a declared error', () => {
    const data: z.ZodType = z.lazy(() => z.object({ more: z.array(data).optional(), file: fd().nullable() }));
    expect(() => describeService(service({ errors: { R: { code: 'ABORTED', data } } }))).toThrow(
      /s\.m: the data of error R can hold no blob, descriptor or door/,
    );
  });

  it('do not lead to two services of one name', () => {
    const input = z.object({ a: door(talk()), b: door(talk(z.int())) });
    expect(() => describeService(service({ input }))).toThrow(/two different services named talk/);
  });
});

describe('across two contracts', () => {
  it.each<[string, StandardSchema, StandardSchema]>([
    [
      'the same',
      z.object({ a: blob(), b: fd(), c: door(talk()) }),
      z.object({ a: blob(), b: fd(), c: door(talk()) }),
    ],
    ['another limit', blob(), blob({ maxBytes: 1 })],
    ['one that became optional', z.object({ a: fd() }), z.object({ a: fd().optional() })],
    ['a union with more options', z.union([fd(), z.string()]), z.union([z.string(), blob(), fd()])],
  ])('fits: %s', (_, sends, takes) => {
    expect(request(sends, takes)).toEqual([]);
    expect(answer(sends, takes)).toEqual([]);
  });

  it.each<[string, StandardSchema, StandardSchema]>([
    ['bytes for a blob', z.instanceof(Uint8Array), blob()],
    ['a blob for bytes', blob(), z.instanceof(Uint8Array)],
    ['a number for a descriptor', z.int(), fd()],
    ['a descriptor for a blob', fd(), blob()],
    ['a door to another service', door(talk()), door(talk(z.int()))],
    ['a door to a service of another name', door(talk()), door(talk(z.string(), 'other'))],
    ['a blob for anything', blob(), z.unknown()],
    ['anything for a blob', z.unknown(), blob()],
    ['a blob for what code judges', blob(), z.custom<Uint8Array>()],
    ['a blob somewhere in anything', z.object({ a: z.array(blob()) }), z.unknown()],
    ['a blob in what code judges', z.object({ a: z.object({ b: blob() }) }), z.object({ a: z.custom() })],
    ['a blob under a key that is dropped', z.object({ a: z.int(), b: blob() }), z.object({ a: z.int() })],
    ['a blob under a key that is kept', z.object({ a: z.int(), b: blob() }), z.looseObject({ a: z.int() })],
  ])('does not fit: %s', (_, sends, takes) => {
    expect(request(sends, takes)).not.toEqual([]);
    expect(answer(sends, takes)).not.toEqual([]);
  });

  it('leaves it to the client whether it sends one that the server does not know', () => {
    expect(request(z.object({ a: z.int(), b: blob().optional() }), z.object({ a: z.int() }))).toEqual([]);
  });
});

class Received {
  constructor(
    readonly kind: string,
    readonly byteLength = 1,
  ) {}
  get [attachmentSymbol]() {
    return this.kind;
  }
}

describe('their schemas', () => {
  const all: [string, StandardSchema, unknown][] = [
    ['blob', blob(), bytes(1)],
    ['fd', fd(), 3],
    ['fd', z.object({ a: fd().optional() }), { a: 3 }],
    ['fd', z.union([z.number().max(2), fd()]), 3],
    ['blob', z.object({ a: z.array(blob()) }), { a: [bytes(1)] }],
    ['fd', fd().refine(async () => true), 3],
  ];

  it.each(all)('refuse what did not arrive as a %s (%#)', async (kind, schema, raw) => {
    // More often than it takes until a schema is compiled.
    for (let i = 0; i < 80; i++) {
      const judged = await validatorOf(schema).validate(raw);
      expect(judged.issues?.[0]?.message).toMatch(
        kind === 'blob' ? /expected a blob/ : /expected a descriptor|Too big/,
      );
    }
  });

  it.each(all)('take it from who sends it: %s (%#)', async (_, schema, raw) => {
    for (let i = 0; i < 80; i++) {
      expect(await sendingValidatorOf(schema).validate(raw)).toEqual({ value: raw });
      expect((await validatorOf(schema).validate(raw)).issues).toBeDefined();
    }
  });

  it.each([
    ['blob', blob(), new Received('blob')],
    ['fd', fd(), new Received('fd')],
    ['door', door(talk()), new Received('door')],
  ] as [string, StandardSchema, Received][])('take what arrived: %s', (kind, schema, value) => {
    for (let i = 0; i < 80; i++) expect(validatorOf(schema).validate(value)).toEqual({ value });
    for (const other of ['blob', 'fd', 'door'].filter((each) => each !== kind))
      expect(validatorOf(schema).validate(new Received(other))).toHaveProperty('issues');
  });

  it.each([
    ['nothing', undefined],
    ['a negative number', -1],
    ['half a number', 1.5],
    ['no number', Number.NaN],
    ['a text', '3'],
    ['a number that looks owned', { fd: 3 }],
    ['another view', new Uint16Array(1)],
  ])('never take %s', (_, value) => {
    for (const schema of [blob(), fd(), door(talk())]) {
      expect(sendingValidatorOf(schema).validate(value)).toHaveProperty('issues');
      expect(validatorOf(schema).validate(value)).toHaveProperty('issues');
    }
  });

  it('are asked by a server for inputs in one way and for outputs in the other', () => {
    const [plan] = planMethods(service({ input: fd(), output: fd() }), { m: () => {} }, [], {
      builtin: false,
    });
    expect(plan?.input?.validate(3)).toHaveProperty('issues');
    expect(plan?.output?.validate(3)).toEqual({ value: 3 });
  });

  it('keep to the limit of a blob', () => {
    const schema = blob({ maxBytes: 2 });
    expect(validatorOf(schema).validate(new Received('blob', 2))).toHaveProperty('value');
    expect(validatorOf(schema).validate(new Received('blob', 3))).toMatchObject({
      issues: [{ message: 'expected a blob of at most 2 bytes' }],
    });
    expect(sendingValidatorOf(schema).validate(bytes(1, 2, 3))).toHaveProperty('issues');
    expect(() => blob({ maxBytes: -1 })).toThrow(RangeError);
  });

  it('cannot be fooled by what a message can hold', () => {
    const value = JSON.parse('{"Symbol(doorcall.attachment)":"fd","fd":3}');
    expect(validatorOf(fd()).validate(value)).toHaveProperty('issues');
  });
});

function bytes(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}
