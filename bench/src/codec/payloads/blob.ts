import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const meta = {
  name: z.string().min(1).max(255),
  contentType: z.string().max(80),
  part: z.int().nonnegative(),
};
const Blob = z.object({ ...meta, bytes: z.instanceof(Uint8Array) });
const JsonBlob = z.object({ ...meta, bytes: z.string() });

export const payload = definePayload({
  summary: 'a part of a file, 8 to 24 KiB in a Uint8Array (base64 in JSON)',
  schema: Blob,
  variant(index) {
    const samples = new Samples(index);
    return {
      name: `${samples.words(2).replace(' ', '-')}.bin`,
      contentType: samples.oneOf(['application/octet-stream', 'image/png', 'application/zip']),
      part: samples.integer(0, 500),
      bytes: samples.bytes(8_192 + index * 1_024 + samples.integer(0, 1_023)),
    };
  },
  invalid: (blob) => ({ ...blob, part: -1 }),
  json: {
    schema: JsonBlob,
    toJson({ bytes, ...rest }) {
      const view = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
      return { ...rest, bytes: view.toString('base64') };
    },
    fromJson: (blob) => Object.assign(blob, { bytes: new Uint8Array(Buffer.from(blob.bytes, 'base64')) }),
  },
});
