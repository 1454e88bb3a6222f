import type { ServiceCodec } from '../../src/codec/codec.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { defineService } from '../../src/contract/define-service.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import type { AnyService } from '../../src/contract/types.js';

/** A service of one method, whose input and output are of one schema. */
export function echoService(schema: StandardSchema): AnyService {
  return defineService('echo', {
    m: { input: schema, output: schema, errors: { R: { code: 'ABORTED', data: schema } } },
  });
}

export function codecOf(schema: StandardSchema, named = false): ServiceCodec {
  return createMsgpackCodec(echoService(schema), { named });
}

/** What a value is encoded to, copied, because the codec uses its memory again. */
export function inputBytes(codec: ServiceCodec, value: unknown): Uint8Array {
  const { bytes, start, end } = codec.encodeInput(0, value);
  return Uint8Array.from(bytes.subarray(start, end));
}

/** As it happens between two processes: two codecs, and the message somewhere in a larger buffer. */
export function travel(schema: StandardSchema, value: unknown, named = false): unknown {
  const message = inputBytes(codecOf(schema, named), value);
  const buffer = new Uint8Array(message.length + 200).fill(0xc1);
  buffer.set(message, 100);
  return codecOf(schema, named).decodeInput(0, buffer, 100, 100 + message.length);
}
