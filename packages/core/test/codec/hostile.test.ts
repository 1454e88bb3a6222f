import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codecOf, inputBytes } from './support.js';

const Order = z.object({ id: z.string(), items: z.array(z.object({ sku: z.string(), qty: z.number() })) });
const order = { id: 'a', items: [{ sku: 's', qty: 1 }] };

const bytes = (...parts: (number | string | Uint8Array)[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...Buffer.from(part as string)])),
  );
const decode = (codec: ReturnType<typeof codecOf>, message: Uint8Array) =>
  codec.decodeInput(0, message, 0, message.length);

/** A record definition inside a message: extension `r`, id, list of keys; the values follow. */
const define = (id: number, ...keys: string[]) =>
  bytes(0xd4, 0x72, 0x40 + id, 0x90 + keys.length, ...keys.flatMap((key) => [0xa0 + key.length, key]));
const define2 = (low: number, high: number, ...keys: string[]) =>
  bytes(0xd5, 0x72, 0x60 + low, high, 0x90 + keys.length, ...keys.flatMap((key) => [0xa0 + key.length, key]));

describe('record definitions in a message', () => {
  it.each<[string, Uint8Array]>([
    ['of an id that the contract has', bytes(...define(0, 'evil'), 7)],
    ['of an id beyond', bytes(...define(9, 'evil'), 7)],
    ['of two bytes', bytes(...define2(3, 0, 'evil'), 7)],
    ['of a negative id', bytes(...bytes(0xd5, 0x72, 0x41, 3, 0x91, 0xa4, 'evil'), 7)],
    ['of a prototype', bytes(...define(0, '__proto__'), 7)],
  ])('%s are refused and change nothing for anybody', (_, message) => {
    const codec = codecOf(Order);
    const good = inputBytes(codec, order);
    expect(() => decode(codec, message)).toThrow(/INVALID_ARGUMENT: echo\/m: the input cannot be decoded/);
    expect(decode(codec, good)).toStrictEqual(order);
    expect(() => decode(codec, message)).toThrow(/INVALID_ARGUMENT/);
    expect(decode(codec, good)).toStrictEqual(order);
  });

  it('cannot be used by a later message', () => {
    const codec = codecOf(Order);
    expect(() => decode(codec, bytes(...define(9, 'evil'), 7))).toThrow();
    // A record of an id that nobody has defined is the number that its byte stands for.
    expect(decode(codec, bytes(0x49))).toBe(0x49);
  });
});

describe('__proto__', () => {
  const key = bytes(0xa9, '__proto__');

  it.each<[string, Uint8Array]>([
    ['as a key', bytes(0x81, ...key, 0x81, 0xa1, 'x', 1)],
    ['deep down', bytes(0x81, 0xa1, 'a', 0x81, ...key, 0x81, 0xa1, 'x', 1)],
    ['of a large map', bytes(0xde, 0, 1, ...key, 0x81, 0xa1, 'x', 1)],
  ])('%s sets no prototype', (_, message) => {
    const value = decode(codecOf(z.unknown()), message) as Record<string, object>;
    expect(({} as { x?: number }).x).toBeUndefined();
    for (const object of [value, ...Object.values(value)])
      expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  it('sent as an own key does no harm either', () => {
    const codec = codecOf(z.unknown());
    const message = inputBytes(codec, JSON.parse('{"__proto__":{"x":1},"m":{"__proto__":{"x":1}}}'));
    const value = decode(codec, message) as { m: object; x?: number };
    expect(value.x).toBeUndefined();
    expect(Object.getPrototypeOf(value.m)).toBe(Object.prototype);
  });

  it('in a contract is no record', () => {
    const schema = z.object(
      JSON.parse('{"a":1,"__proto__":1}', (_, value) => (value === 1 ? z.string() : value)),
    );
    const codec = codecOf(schema);
    const value = decode(codec, inputBytes(codec, JSON.parse('{"a":"x","__proto__":"y"}'))) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value).toMatchObject({ a: 'x' });
  });
});

describe('bombs', () => {
  const MEGABYTE = 1024 * 1024;
  const filled = (length: number, byte: number, ...head: number[]) => {
    const message = new Uint8Array(length).fill(byte);
    message.set(head);
    return message;
  };

  it.each<[string, Uint8Array]>([
    ['arrays in arrays', filled(MEGABYTE, 0x91)],
    ['maps in maps', filled(MEGABYTE, 0x81)],
    ['sets in sets', new Uint8Array(MEGABYTE).map((_, i) => [0xd4, 0x73, 0][i % 3]!)],
    ['records in records', filled(MEGABYTE, 0x40)],
    ['an array of 2^32 elements', bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
    ['arrays that claim all that is left, in each other', filled(MEGABYTE, 0xdd)],
    ['a map of 2^32 entries', bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a string of 4 GB', bytes(0xdb, 0xff, 0xff, 0xff, 0xff, 'abc')],
    ['bytes of 4 GB', bytes(0xc6, 0xff, 0xff, 0xff, 0xff, 'abc')],
    ['a bigint of 4 GB', bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 0x42, 1)],
    ['something after a huge bigint', filled(4 * MEGABYTE, 0x7f, 0xc9, 0x00, 0x3f, 0xff, 0xf9, 0x42)],
    ['something after the value', bytes(1, 2)],
    ['half a value', bytes(0x92, 1)],
    ['half a number', bytes(0xcb, 1, 2)],
    ['a byte without meaning', bytes(0xc1)],
    ['an unknown extension', bytes(0xd4, 0x11, 0)],
    ['a reference', bytes(0xd6, 0x70, 0, 0, 0, 1)],
    ['a reference to itself', bytes(0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xd6, 0x70, 0, 0, 0, 1)],
    ['a marker without its map', bytes(0x92, 0xc1, 1)],
    ['a bad pattern', bytes(0xd4, 0x78, 0, 0x92, 0xa2, '((', 0xa0)],
    ['a bad view', bytes(0xc7, 4, 0x74, 8, 1, 2, 3)],
  ])('%s end in an error', (_, message) => {
    const codec = codecOf(z.unknown());
    expect(() => decode(codec, message)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', origin: 'server', maybeExecuted: false }),
    );
    const good = inputBytes(codec, order);
    expect(decode(codec, good)).toEqual(order);
  });

  it.each<[string, number[]]>([
    ['arrays', [0x91]],
    ['objects', [0x81, 0xa1, 0x6b]],
  ])('of %s may nest 2,000 levels deep, and 100,000 are refused', (_, level) => {
    const codec = codecOf(z.unknown());
    const nested = (levels: number) =>
      new Uint8Array(levels * level.length + 1)
        .fill(0xc0)
        .map((last, i) => (i < levels * level.length ? level[i % level.length]! : last));
    let value = decode(codec, nested(2_000));
    let levels = 0;
    for (; value !== null; levels++) value = Object.values(value as object)[0];
    expect(levels).toBe(2_000);
    expect(() => decode(codec, nested(100_000))).toThrow(/INVALID_ARGUMENT/);
  });

  it('made of references are refused', () => {
    const codec = codecOf(Order);
    const message = bytes(0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xd6, 0x70, 0, 0, 0, 1);
    expect(() => decode(codec, message)).toThrow(/INVALID_ARGUMENT/);
  });

  it('are not turned into text to say what is wrong', () => {
    const message = filled(MEGABYTE, 0x7f, 0xc9, 0x00, 0x0f, 0xff, 0xf9, 0x42);
    const cause = (() => {
      try {
        return decode(codecOf(z.unknown()), message);
      } catch (error) {
        return (error as Error).cause;
      }
    })();
    expect(String(cause)).toBe('TypeError: the value ends at byte 1048575 of 1048576');
  });

  it('in an answer are INTERNAL', () => {
    expect(() => codecOf(z.unknown()).decodeOutput(0, bytes(0x92, 1), 0, 2)).toThrow(
      /INTERNAL: echo\/m: the output that came back cannot be decoded/,
    );
  });
});

describe('a message among others', () => {
  /** Strings kept in one place and referred to: the extension that jumps. */
  const jump = (distance: number) => {
    const head = new Uint8Array(6);
    head.set([0xd6, 0x62]);
    new DataView(head.buffer).setInt32(2, distance);
    return head;
  };

  /** All that a message brings to light, be it as a value or in the text of an error. */
  const seenBy = (read: () => unknown): string => {
    try {
      return inspect(read(), { depth: null, maxArrayLength: null }) + JSON.stringify(read(), bytesAsText);
    } catch (error) {
      return String((error as Error).cause);
    }
  };
  const bytesAsText = (_: string, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;

  it('cannot show what stands before or behind it', () => {
    const codec = codecOf(z.unknown());
    const secret = bytes(0xaf, 'secret password', 0xaf, 'another secret!');
    for (const large of [0, 2000]) {
      const buffer = new Uint8Array(8192 + large).fill(0x01);
      buffer.set(secret, 1000);
      for (let distance = -64; distance < 64; distance++) {
        const message = bytes(...jump(distance), 0x92, 0xc1, 15, 0xc4, 0xff, ...new Uint8Array(large));
        buffer.set(message, 1000 + secret.length);
        buffer.set(secret, 1000 + secret.length + message.length);
        const start = 1000 + secret.length;
        expect(seenBy(() => codec.decodeInput(0, buffer, start, start + message.length))).not.toContain(
          'secret',
        );
      }
    }
  });

  it('does not see what an earlier one left', () => {
    const codec = codecOf(z.unknown());
    const long = inputBytes(codec, 'confidential'.repeat(10));
    decode(codec, long);
    // Two empty strings at the end, so that the library takes the message for complete wherever the value ends.
    const message = bytes(...jump(6), 0xc4, 0xff, 0xa0, 0xa0);
    expect(seenBy(() => decode(codec, message))).not.toContain('confidential');
  });
});

describe('random bytes', () => {
  it('are decoded or refused, and harm nothing', () => {
    // A fixed sequence, so that a failure can be repeated.
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 16;
    };
    const codec = codecOf(
      z.looseObject({
        id: z.string(),
        items: z.array(z.object({ sku: z.string(), m: z.map(z.string(), z.any()) })),
      }),
    );
    const good = {
      id: 'x',
      items: [{ sku: 's', m: new Map<string, unknown>([['k', new Set([1n, new Date(5)])]]) }],
    };
    const valid = inputBytes(codec, good);
    for (let round = 0; round < 20_000; round++) {
      const message =
        round % 2 === 0 ? Uint8Array.from(valid) : new Uint8Array(random() % 60).map(() => random());
      for (let i = 0; i < 3 && message.length > 0; i++) message[random() % message.length] = random();
      try {
        decode(codec, message);
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
    }
    expect(decode(codec, valid)).toStrictEqual(good);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
