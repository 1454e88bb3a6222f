import type { Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import type { Encoded } from './codec.js';

/**
 * Metadata beside a call or an answer. It stands in front of the body:
 *
 *     u32  bytes that follow, without the body
 *     for each entry:  u16 bytes of the key, u16 bytes of the value, the key (ASCII), the value (UTF-8)
 *
 * All numbers are little-endian.
 */

/** Bytes that the metadata of one call may take, encoded. */
export const MAX_METADATA_BYTES = 16 * 1024;

const LENGTH_BYTES = 4;
const KEY = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * The block for some metadata.
 * @throws RpcError INVALID_ARGUMENT for a bad key, a value that is no string, or too much of both.
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  const parts: Buffer[] = [Buffer.alloc(LENGTH_BYTES)];
  let size = 0;
  for (const [key, value] of Object.entries(metadata)) {
    if (!KEY.test(key)) {
      throw refused(`key ${JSON.stringify(key)} is not of a-z, 0-9, '.', '_' and '-'`);
    }
    if (typeof value !== 'string') throw refused(`the value of '${key}' is no string`);
    const entry = Buffer.alloc(LENGTH_BYTES);
    const valueBytes = Buffer.from(value);
    size += LENGTH_BYTES + key.length + valueBytes.length;
    if (size > MAX_METADATA_BYTES) throw refused(`it takes more than ${MAX_METADATA_BYTES} bytes`);
    entry.writeUInt16LE(key.length, 0);
    entry.writeUInt16LE(valueBytes.length, 2);
    parts.push(entry, Buffer.from(key, 'latin1'), valueBytes);
  }
  (parts[0] as Buffer).writeUInt32LE(size, 0);
  return Buffer.concat(parts);
}

const KEPT_BYTES = 64 * 1024;
let kept = new Uint8Array(0);

/** Puts a metadata block in front of an encoded body, in one buffer, which the next call uses again. */
export function joinMetadata(block: Uint8Array, body: Encoded): Encoded {
  const bodyLength = body.end - body.start;
  const length = block.length + bodyLength;
  let joined = kept;
  if (length > kept.length) {
    joined = new Uint8Array(length);
    if (length <= KEPT_BYTES) kept = joined;
  }
  joined.set(block, 0);
  joined.set(body.bytes.subarray(body.start, body.end), block.length);
  return { bytes: joined, start: 0, end: length };
}

/**
 * Reads the block at `start`; the body begins at `bodyStart`.
 * @throws RpcError INTERNAL when it is damaged.
 */
export function decodeMetadata(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly metadata: Metadata; readonly bodyStart: number } {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start);
  if (block.length < LENGTH_BYTES) throw damaged();
  const size = block.readUInt32LE(0);
  const blockEnd = LENGTH_BYTES + size;
  if (size > MAX_METADATA_BYTES || blockEnd > block.length) throw damaged();
  const metadata: Record<string, string> = Object.create(null);
  for (let at = LENGTH_BYTES; at < blockEnd; ) {
    if (at + LENGTH_BYTES > blockEnd) throw damaged();
    const keyEnd = at + LENGTH_BYTES + block.readUInt16LE(at);
    const valueEnd = keyEnd + block.readUInt16LE(at + 2);
    if (valueEnd > blockEnd) throw damaged();
    const key = block.toString('latin1', at + LENGTH_BYTES, keyEnd);
    if (!KEY.test(key)) throw damaged();
    metadata[key] = block.toString('utf8', keyEnd, valueEnd);
    at = valueEnd;
  }
  return { metadata, bodyStart: start + blockEnd };
}

function refused(why: string): RpcError {
  return new RpcError('INVALID_ARGUMENT', `the metadata cannot be sent: ${why}`);
}

function damaged(): RpcError {
  return new RpcError('INTERNAL', 'the metadata that came with a message is damaged', {
    origin: 'transport',
  });
}
