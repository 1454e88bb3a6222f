import type { Encoded } from '../codec/codec.js';
import { encodeErrorBody } from '../codec/error-body.js';
import { encodeMetadata, joinMetadata } from '../codec/metadata.js';
import { statusNumber } from '../errors/status.js';
import { Flag } from '../transport/transport.js';
import type { ServerCall } from './call.js';
import type { Failure } from './failure.js';

/** What an error's body has around its message, an ellipsis included. */
const ERROR_FRAME_BYTES = 32;
/** JSON writes a character in up to six bytes. */
const MAX_JSON_BYTES = 6;

/** An error as it is sent. */
export interface FailureReply {
  readonly flags: number;
  /** Number of its status code. */
  readonly code: number;
  readonly body: Encoded;
}

/**
 * The error that tells a call's caller of a failure, cut to what fits into a message.
 * @param data of a declared error
 * @param noTrailers told why trailers cannot be sent with it
 */
export function failureReply(
  call: ServerCall,
  failure: Failure,
  data: Encoded | undefined,
  maxMessageBytes: number,
  noTrailers: (thrown: unknown) => void,
): FailureReply {
  const bytes = encodeErrorBody(failure, data);
  let body: Encoded = { bytes, start: 0, end: bytes.length };
  const bare = call.started ? 0 : Flag.notExecuted;
  let flags = (data === undefined ? 0 : Flag.declared) | bare;
  const trailers = call.writtenTrailers ?? failure.metadata;
  if (trailers !== undefined) {
    try {
      body = joinMetadata(encodeMetadata({ ...failure.metadata, ...trailers }), body);
      flags |= Flag.metadata;
    } catch (thrown) {
      noTrailers(thrown);
    }
  }
  const code = statusNumber(failure.code);
  if (body.end - body.start <= maxMessageBytes) return { flags, code, body };
  if (flags === bare) return { flags, code, body: shortBody(failure.message, maxMessageBytes) };
  const message = `${failure.code}, with more to say than fits into a message`;
  return {
    flags: bare,
    code: statusNumber('RESOURCE_EXHAUSTED'),
    body: shortBody(message, maxMessageBytes),
  };
}

/** The body of an error that has a message only, cut so that it fits. */
export function shortBody(message: string, maxMessageBytes: number): Encoded {
  const room = Math.floor((maxMessageBytes - ERROR_FRAME_BYTES) / MAX_JSON_BYTES);
  const cut = message.length > room ? `${message.slice(0, Math.max(room, 0))}…` : message;
  const bytes = encodeErrorBody({ message: cut });
  return { bytes, start: 0, end: bytes.length };
}
