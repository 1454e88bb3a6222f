/** JSON as UTF-8 bytes; its contestants differ only in who validates. */
import type { RoundTrip } from '../../contestant.js';
import type { Payload } from '../../payloads/payload.js';

/** @param validate throws, or gives the value that is valid; it knows the payload's JSON form only */
export function jsonWith(payload: Payload, validate: (value: unknown) => unknown): RoundTrip<Buffer> {
  const { json } = payload;
  const sizeOf = (bytes: Buffer) => bytes.length;
  if (json === undefined) {
    return {
      encode: (value) => Buffer.from(JSON.stringify(value)),
      decode: (bytes) => validate(JSON.parse(bytes.toString())),
      sizeOf,
    };
  }
  return {
    encode: (value) => Buffer.from(JSON.stringify(json.toJson(value))),
    decode: (bytes) => json.fromJson(validate(JSON.parse(bytes.toString()))),
    sizeOf,
  };
}

/** The schema of what `JSON.parse` gives. */
export function jsonSchemaOf({ schema, json }: Payload) {
  return json?.schema ?? schema;
}
