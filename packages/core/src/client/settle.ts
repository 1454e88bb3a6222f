import { RpcError } from '../errors/rpc-error.js';
import { type AnswerSource, readReply } from './answer.js';
import type { PendingCall } from './pending-call.js';

/** Ends a call with the reply that has come for it. */
export function settle(
  call: PendingCall,
  from: AnswerSource,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let value: unknown;
  try {
    value = readReply(call.plan, from, call, flags, bytes, start, end);
  } catch (error) {
    call.fail(RpcError.from(error));
    return;
  }
  call.succeed(value);
}
