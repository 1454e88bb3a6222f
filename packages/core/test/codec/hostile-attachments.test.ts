import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { IncomingAttachments } from '../../src/codec/attachments.js';
import type { ServiceCodec } from '../../src/codec/codec.js';
import { blob, fd } from '../../src/zod.js';
import { arrived, Beside, bytes, codecs, send } from './beside.js';

describe('hostile bodies with attachments', () => {
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
