import { connectInMemory, createDoor, defineService, ownFd, stream } from '@doorcall/core';
import { REJECTED, type ServiceCodec } from '@doorcall/core/generated';
import { blob, door, fd } from '@doorcall/core/zod';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { compileCodec, compileService } from '../../src/codec/compile.js';
import { emitCodec } from '../../src/codec/index.js';

type Encoded = ReturnType<ServiceCodec['encodeInput']>;
type Incoming = NonNullable<Parameters<ServiceCodec['decodeInput']>[4]>;

const codecOf = (input: z.ZodType) => compileCodec(defineService('s', { m: { input, output: input } }));

/** The body of a message, which the next one does not overwrite, and what goes beside it. */
function taken({ bytes, start, end, attachments = [] }: Encoded) {
  return { body: Uint8Array.from(bytes.subarray(start, end)), attachments };
}

/** Gives each attachment out once, as a connection does. */
function beside(attachments: ReturnType<typeof taken>['attachments'], asked: number[] = []): Incoming {
  const left = new Map(attachments.map((each, i) => [i, each]));
  return {
    at(index, kind) {
      const found = left.get(index);
      if (found?.kind !== kind) throw new TypeError(`there is no ${kind} ${index} beside the message`);
      left.delete(index);
      asked.push(index);
      return found.value;
    },
    isDoorTo: () => true,
  };
}

const parse = (codec: ServiceCodec, body: Uint8Array, incoming?: Incoming) =>
  codec.parseInput?.(0, body, 0, body.length, incoming);
const decode = (codec: ServiceCodec, body: Uint8Array, incoming?: Incoming) =>
  codec.decodeInput(0, body, 0, body.length, incoming);

const form = z.object({
  name: z.string().max(5),
  image: blob({ maxBytes: 4 }),
  more: z.array(blob()).optional(),
  file: z.union([z.string(), fd()]),
});
const codec = codecOf(form);
const bytes = (length: number) => new Uint8Array(length).fill(length);
const value = { name: 'a', image: bytes(3), more: [bytes(1), bytes(2)], file: ownFd(1) };
value.file.detach();

describe('what travels beside a message', () => {
  test('has its index in it, in the order of the contract', () => {
    const { body, attachments } = taken(codec.encodeInput(0, value));
    expect(attachments.map(({ kind }) => kind)).toEqual(['blob', 'blob', 'blob', 'fd']);
    expect(Buffer.from(body).toString('hex')).toBe('0c' + '0461' + '00' + '020102' + '0103');
    const asked: number[] = [];
    const parsed = parse(codec, body, beside(attachments, asked)) as typeof value;
    expect(parsed).toEqual(value);
    expect(parsed.image).toBe(value.image);
    expect(asked).toEqual([0, 1, 2, 3]);
    expect(codec.decodeOutput(0, body, 0, body.length, beside(attachments))).toEqual(value);
  });

  test('is forgotten with the message', () => {
    codec.encodeInput(0, value);
    expect(taken(codecOf(z.string()).encodeInput(0, 'a')).attachments).toEqual([]);
  });

  test('is there again when a message that is not valid is read for zod to say why', () => {
    for (const invalid of [
      { ...value, name: 'too long' },
      { ...value, image: bytes(5) },
    ]) {
      const { body, attachments } = taken(codec.encodeInput(0, invalid));
      expect(body[0]).toBe(0x0c);
      const incoming = beside(attachments);
      expect(parse(codec, body, incoming)).toBe(REJECTED);
      const decoded = decode(codec, body, incoming);
      expect(decoded).toEqual(invalid);
      expect(form.safeParse(decoded).success).toBe(false);
      expect(codec.encodeValidOutput?.(0, invalid)).toBe(undefined);
    }
    expect(codec.encodeValidOutput?.(0, value)).toBeDefined();
  });

  test('goes by MessagePack in a value of another structure', () => {
    const odd = { ...value, name: 5, file: 'none' };
    const { body, attachments } = taken(codec.encodeInput(0, odd));
    expect([body[0], attachments.length]).toEqual([2, 3]);
    const incoming = beside(attachments);
    expect(parse(codec, body, incoming)).toBe(REJECTED);
    expect(decode(codec, body, incoming)).toEqual(odd);
  });

  test('is refused where it is missing, of another kind, or named twice', () => {
    const both = codecOf(z.object({ a: blob(), b: blob() }));
    const { body, attachments } = taken(both.encodeInput(0, { a: bytes(1), b: bytes(2) }));
    expect(body).toEqual(Uint8Array.from([0, 0, 1]));
    const refused = (message: Uint8Array, of: typeof attachments | undefined) => {
      const incoming = of && beside(of);
      expect(parse(both, message, incoming)).toBe(REJECTED);
      expect(() => decode(both, message, incoming)).toThrow(/the input cannot be decoded/);
    };
    refused(body, undefined);
    refused(body, attachments.slice(1));
    refused(Uint8Array.from([0, 0, 0]), attachments);
    refused(
      body,
      attachments.map(({ value: each }) => ({ kind: 'fd' as const, value: each })),
    );
  });

  test('is not taken from what describes itself', () => {
    // The tags of a Uint8Array, where a blob belongs.
    const described = Uint8Array.from([1, 8, 1, 7]);
    const one = codecOf(blob());
    expect(decode(codecOf(z.instanceof(Uint8Array)), described)).toEqual(Uint8Array.from([7]));
    expect(() => decode(one, described)).toThrow(/the input cannot be decoded/);
  });

  test('is not taken from MessagePack, either', () => {
    // { a: 5 }
    const body = Uint8Array.from([2, 0x81, 0xa1, 0x61, 5]);
    const own = z.object({ a: fd() });
    const decoded = decode(codecOf(own), body);
    expect(decoded).toEqual({ a: 5 });
    expect(own.safeParse(decoded).success).toBe(false);
    expect(() => codecOf(own).decodeOutput(0, body, 0, body.length)).toThrow(/INTERNAL/);
    // Where there are no attachments there is no MessagePack.
    expect(() => decode(codecOf(z.object({ a: z.number() })), body)).toThrow(/cannot be decoded/);
  });

  test('goes by MessagePack where only zod can tell what a value is', () => {
    const schemas = {
      overlapping: z.union([z.object({ a: z.string(), b: blob() }), z.object({ a: z.string() })]),
      intersection: z.object({ a: z.string() }).and(z.object({ b: blob() })),
    };
    for (const [name, schema] of Object.entries(schemas)) {
      const own = codecOf(schema);
      const { body, attachments } = taken(own.encodeInput(0, { a: 'x', b: bytes(2) }));
      expect([name, body[0], attachments.length]).toEqual([name, 2, 1]);
      const incoming = beside(attachments);
      expect(parse(own, body, incoming)).toBe(REJECTED);
      expect(decode(own, body, incoming)).toEqual({ a: 'x', b: bytes(2) });
    }
  });

  test('does not keep other things from describing themselves', () => {
    const own = codecOf(z.object({ when: z.coerce.date(), any: z.unknown(), b: blob() }));
    const { body, attachments } = taken(own.encodeInput(0, { when: 5, any: [1], b: bytes(2) }));
    expect((body[0] as number) & 3).toBe(0);
    expect(parse(own, body, beside(attachments))).toEqual({ when: new Date(5), any: [1], b: bytes(2) });
  });

  test('may be refined', () => {
    const own = codecOf(blob().refine((each) => each.byteLength !== 2, 'two'));
    for (const [length, accepted] of [
      [1, true],
      [2, false],
    ] as const) {
      const received = { [Symbol.for('doorcall.attachment')]: 'blob', byteLength: length };
      const { body, attachments } = taken(own.encodeInput(0, received));
      const incoming = beside(attachments);
      expect(parse(own, body, incoming)).toBe(accepted ? received : REJECTED);
      if (!accepted) expect(decode(own, body, incoming)).toBe(received);
    }
  });

  test('has room for 256 in a message', () => {
    const own = codecOf(z.array(fd()));
    const many = (count: number) => Array.from({ length: count }, () => 1);
    expect(taken(own.encodeInput(0, many(256))).attachments).toHaveLength(256);
    expect(() => own.encodeInput(0, many(257))).toThrow(/more than 256/);
  });
});

test('the hash tells kinds apart', () => {
  const hash = (input: z.ZodType) =>
    emitCodec(defineService('s', { m: { input } }), { typed: false, contract: 'c' }).hash;
  expect(new Set([hash(blob()), hash(fd()), hash(z.instanceof(Uint8Array))]).size).toBe(3);
  expect(hash(blob({ maxBytes: 5 }))).toBe(hash(blob()));
});

test('doors are called by those who received them', async () => {
  const session = defineService('session', { say: { input: z.string(), output: z.string() } });
  const lobby = compileService(
    defineService(
      'lobby',
      {
        open: { input: z.object({ user: z.string() }), output: door(() => session) },
        all: { input: stream(z.object({ listener: door(session) })), output: stream(z.string()) },
      },
      { callbacks: { hear: { input: door(session), output: z.string() } } },
    ),
  );
  const make = (user: string) => createDoor(session, { say: (text) => `${user}: ${text}` });
  await using client = connectInMemory(
    lobby,
    {
      open: async ({ user }, ctx) => make(`${user}, ${await ctx.client.hear(make('server'))}`),
      async *all(items) {
        for await (const { listener } of items) {
          using held = listener;
          yield await held.say('!');
        }
      },
    },
    {
      client: {
        callbacks: {
          async hear(heard: Disposable & { say(text: string): Promise<string> }) {
            using held = heard;
            return await held.say('hm');
          },
        },
      },
    },
  );
  // Only generated code leaves out what the schema drops: in MessagePack a function cannot travel.
  const input = { user: 'ann', dropped: () => {} };
  using ann = await client.open(input);
  expect(await ann.say('hi')).toBe('ann, server: hm: hi');
  const said: string[] = [];
  const listeners = ['a', 'b'].map((name) => ({ listener: make(name), dropped: () => {} }));
  for await (const text of client.all(listeners)) said.push(text);
  expect(said).toEqual(['a: !', 'b: !']);
});

test('a door of another service is not sent, and not taken for what the contract has', async () => {
  const text = { input: z.string(), output: z.string() };
  const reader = defineService('reader', { read: text });
  const admin = defineService('admin', { erase: text, read: text });
  const library = compileService(
    defineService('library', {
      open: { output: door(reader) },
      lend: { input: z.object({ reader: door(reader) }), output: z.string() },
    }),
  );
  const other = createDoor(admin, { erase: () => 'erased', read: () => 'read' }) as never;
  const generated = compileService(reader) as typeof reader;
  await using client = connectInMemory(
    library,
    {
      open: () => other,
      async lend({ reader: lent }) {
        using held = lent;
        return await held.read('x');
      },
    },
    { server: { logger: false } },
  );
  const belongs = /a door to admin, where one to reader belongs/;
  await expect(client.open()).rejects.toThrow(belongs);
  await expect(client.lend({ reader: other })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    maybeExecuted: false,
    message: expect.stringMatching(belongs),
  });
  // A service with generated code and its contract's own are one. (Only generated code leaves out what is not in the schema.)
  const mine = createDoor(generated, { read: (name) => `read ${name}` });
  const input = { reader: mine, dropped: () => {} };
  expect(await client.lend(input)).toBe('read x');
});
