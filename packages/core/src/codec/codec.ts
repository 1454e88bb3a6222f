/**
 * What turns values into bytes and back. Client and server know this interface only; msgpack stands behind it
 * today, generated code can.
 */

import type { IncomingAttachments, OutgoingAttachment } from './attachments.js';

/** Encoded bytes: `bytes[start, end)`. The object and its memory are reused by the next encode of any codec. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** What travels beside the bytes, if anything does. */
  readonly attachments?: readonly OutgoingAttachment[] | undefined;
}

/** What {@link ServiceCodec.parseInput} answers when the schema refuses the value. */
export const REJECTED: unique symbol = Symbol('rejected');

/**
 * Encodes and decodes the values of one service's methods, by method id. Every method throws RpcError only:
 * a value that cannot travel is INVALID_ARGUMENT (input) or INTERNAL (output, error data), named by its path;
 * bytes that cannot be decoded are INVALID_ARGUMENT (input) or INTERNAL.
 */
export interface ServiceCodec {
  encodeInput(id: number, value: unknown): Encoded;
  /** @param incoming what came beside the bytes, if anything did; the same for the other functions that decode */
  decodeInput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown;
  encodeOutput(id: number, value: unknown): Encoded;
  decodeOutput(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ): unknown;
  /** The body of a declared error: reason and data. */
  encodeErrorData(id: number, reason: string, data: unknown): Encoded;
  decodeErrorData(
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): { reason: string; data: unknown };
  /**
   * Decodes and validates in one go. Where a codec has it, the server calls it instead of `decodeInput` and the
   * validator; on {@link REJECTED} it falls back to those two, so that the schema words the issues.
   */
  readonly parseInput?: (
    id: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    incoming?: IncomingAttachments,
  ) => unknown;
  /**
   * Validates and encodes in one go. Where a codec has it, the server tries it before the validator and
   * `encodeOutput`; undefined when the value is not valid, or only the schema can say.
   */
  encodeValidOutput?(id: number, value: unknown): Encoded | undefined;
}
