import { attachmentsOf } from '../attach/attachments.js';
import type { Incoming } from '../attach/incoming.js';
import type { ServiceCodec } from '../codec/codec.js';
import { decodeErrorBody } from '../codec/error-body.js';
import { decodeMetadata } from '../codec/metadata.js';
import { OVERDUE } from '../contract/call-errors.js';
import type { Metadata } from '../contract/types.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import { statusFromNumber } from '../errors/status.js';
import { type Connection, Flag } from '../transport/transport.js';
import { type OverdueCall, overdue } from './failures.js';
import type { MethodPlan } from './method-plan.js';

/** Where an answer comes from. */
export interface AnswerSource {
  readonly connection: Connection;
  codecFor(plan: MethodPlan): ServiceCodec;
}

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
 * @throws RpcError INTERNAL when it cannot be read, RESOURCE_EXHAUSTED for want of room for what came beside it.
 */
export function readReply(
  plan: MethodPlan,
  from: AnswerSource,
  call: AnsweredCall,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): unknown {
  const codec = from.codecFor(plan);
  try {
    if ((flags & (Flag.metadata | Flag.attachments)) === 0)
      return codec.decodeOutput(plan.id, bytes, start, end);
    let metadata: Metadata | undefined;
    let bodyStart = start;
    if ((flags & Flag.metadata) !== 0) ({ metadata, bodyStart } = decodeMetadata(bytes, start, end));
    const value =
      (flags & Flag.attachments) === 0
        ? codec.decodeOutput(plan.id, bytes, bodyStart, end)
        : readAttached(plan, from, bytes, bodyStart, end);
    if (metadata !== undefined) call.tellTrailers(metadata);
    return value;
  } catch (thrown) {
    throw unreadable(plan, thrown);
  }
}

function readAttached(
  plan: MethodPlan,
  from: AnswerSource,
  bytes: Uint8Array,
  start: number,
  end: number,
): unknown {
  const incoming = opened(from.connection, bytes, start, end);
  try {
    const value = from.codecFor(plan).decodeOutput(plan.id, bytes, incoming.bodyStart, end, incoming);
    incoming.handedOn();
    return value;
  } catch (thrown) {
    incoming.discard();
    throw thrown;
  }
}

/** The table of an answer. A damaged one ends the connection; a lack of room for what it names does not. */
function opened(connection: Connection, bytes: Uint8Array, start: number, end: number): Incoming {
  try {
    return attachmentsOf(connection).open(bytes, start, end);
  } catch (thrown) {
    const { code, message } = RpcError.from(thrown);
    if (code !== 'RESOURCE_EXHAUSTED') connection.fail(`sent damaged attachments: ${message}`);
    throw thrown;
  }
}

/** Gives back what came beside an answer that nobody waits for. */
export function discardAttachments(
  connection: Connection,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if ((flags & Flag.attachments) === 0) return;
  const { bodyStart } =
    (flags & Flag.metadata) === 0 ? { bodyStart: start } : decodeMetadata(bytes, start, end);
  attachmentsOf(connection).open(bytes, bodyStart, end).discard();
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
  const { code, message } = RpcError.from(thrown);
  // For what came beside it there is no room here, which is nobody's mistake.
  const own = isRpcError(thrown) && code === 'RESOURCE_EXHAUSTED' ? code : 'INTERNAL';
  return new RpcError(own, `${what} of ${plan.path} cannot be read: ${message}`, {
    maybeExecuted: true,
    method: plan.path,
    cause: thrown,
  });
}
