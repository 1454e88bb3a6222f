import type { Metadata } from '../contract/types.js';
import type { Encoded } from './codec.js';

/** Bytes that the metadata of one call may take, encoded. */
export const MAX_METADATA_BYTES = 16 * 1024;

/**
 * A metadata block as it stands at the front of a payload: u32 little-endian length, then that many bytes.
 * @throws RpcError INVALID_ARGUMENT for a key that is not lower case, a value that is no string, or too much.
 */
export declare function encodeMetadata(metadata: Metadata): Uint8Array;

/** Puts a metadata block in front of an encoded body, in one buffer; reused by the next call. */
export declare function joinMetadata(block: Uint8Array, body: Encoded): Encoded;

/**
 * Reads the block at `start`; the body begins at `bodyStart`.
 * @throws RpcError INTERNAL when it is damaged.
 */
export declare function decodeMetadata(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly metadata: Metadata; readonly bodyStart: number };
