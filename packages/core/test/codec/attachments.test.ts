import { expect, test } from 'vitest';
import { z } from 'zod';
import type { IncomingAttachments } from '../../src/codec/attachments.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { defineService } from '../../src/contract/define-service.js';
import { blob, fd } from '../../src/zod.js';

const attached = z.object({ file: fd().optional(), image: blob().optional() });
const plain = z.object({ file: z.number().optional(), image: z.instanceof(Uint8Array).optional() });
const codecOf = (input: z.ZodType) =>
  createMsgpackCodec(defineService('s', { m: { input, output: input } }), { named: true });

const nothing: IncomingAttachments = {
  at: () => {
    throw new TypeError('there is none');
  },
};

test.each([
  ['a number for a descriptor', { file: 5 }],
  ['bytes for a blob', { image: new Uint8Array(3) }],
])('%s, which nobody has handed over, is refused', (_, value) => {
  // A peer that knows better than to attach it.
  const { bytes, start, end } = codecOf(plain).encodeInput(0, value);
  const message = Uint8Array.from(bytes.subarray(start, end));
  for (const incoming of [undefined, nothing]) {
    const codec = codecOf(attached);
    expect(() => codec.decodeInput(0, message, 0, message.length, incoming)).toThrow(/INVALID_ARGUMENT/);
    expect(() => codec.decodeOutput(0, message, 0, message.length, incoming)).toThrow(/INTERNAL/);
  }
});

test('what is no attachment at all is left to the schema', () => {
  const codec = codecOf(attached);
  const { bytes, start, end, attachments } = codec.encodeInput(0, { file: 'none' });
  expect(attachments).toBe(undefined);
  const message = Uint8Array.from(bytes.subarray(start, end));
  expect(codec.decodeInput(0, message, 0, message.length)).toEqual({ file: 'none' });
});
