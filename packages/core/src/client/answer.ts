import type { ServiceCodec } from '../codec/codec.js';
import { decodeErrorBody } from '../codec/error-body.js';
import { decodeMetadata } from '../codec/metadata.js';
import { OVERDUE } from '../contract/call-errors.js';
import type { Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { statusFromNumber } from '../errors/status.js';
import { Flag } from '../transport/transport.js';
import { type OverdueCall, overdue } from './failures.js';
import type { MethodPlan } from './method-plan.js';

/** A call that is answered. */
export interface AnsweredCall extends OverdueCall {
  /** Hands on the metadata that came with the answer. */
  tellTrailers(trailers: Metadata): void;
}

/** Tells them to the caller's own function. What that throws is no fault of the call. */
export function tell(onTrailers: ((trailers: Metadata) => void) | undefined, trailers: Metadata): void {
  if (onTrailers === undefined) return;
  try {
    onTrailers(trailers);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * The value of a `reply`.
 * @throws RpcError INTERNAL when it cannot be read.
 */
export function readReply(
  plan: MethodPlan,
  codec: ServiceCodec,
  call: AnsweredCall,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): unknown {
  try {
    if ((flags & Flag.metadata) === 0) return codec.decodeOutput(plan.id, bytes, start, end);
    const { metadata, bodyStart } = decodeMetadata(bytes, start, end);
    const value = codec.decodeOutput(plan.id, bytes, bodyStart, end);
    call.tellTrailers(metadata);
    return value;
  } catch (thrown) {
    throw unreadable(plan, thrown);
  }
}

/** The error that an `error` message states; `status` is its number. */
export function readError(
  plan: MethodPlan,
  codec: ServiceCodec,
  call: AnsweredCall,
  flags: number,
  status: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): RpcError {
  try {
    let metadata: Metadata | undefined;
    let bodyStart = start;
    if ((flags & Flag.metadata) !== 0) ({ metadata, bodyStart } = decodeMetadata(bytes, start, end));
    const { message, issues, dataStart } = decodeErrorBody(bytes, bodyStart, end);
    const declared =
      (flags & Flag.declared) === 0 ? undefined : codec.decodeErrorData(plan.id, bytes, dataStart, end);
    if (metadata !== undefined) call.tellTrailers(metadata);
    const code = statusFromNumber(status);
    const maybeExecuted = (flags & Flag.notExecuted) === 0;
    if (code === 'DEADLINE_EXCEEDED' && message === OVERDUE)
      return overdue(call, maybeExecuted, '', 'server');
    return new RpcError(code, message, {
      origin: 'server',
      maybeExecuted,
      method: plan.path,
      metadata,
      issues,
      reason: declared?.reason,
      ...(declared?.data === undefined ? {} : { data: declared.data }),
    });
  } catch (thrown) {
    return unreadable(plan, thrown);
  }
}

/** @param what of the server's that cannot be decoded */
export function unreadable(plan: MethodPlan, thrown: unknown, what = 'the answer'): RpcError {
  const { message } = RpcError.from(thrown);
  return new RpcError('INTERNAL', `${what} of ${plan.path} cannot be read: ${message}`, {
    maybeExecuted: true,
    method: plan.path,
    cause: thrown,
  });
}
