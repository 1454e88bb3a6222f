import { methodPath, OVERDUE } from '../contract/call-errors.js';
import type { Metadata } from '../contract/types.js';
import type { Issue } from '../errors/issue.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import type { StatusCode } from '../errors/status.js';
import type { MethodPlan } from './method-plan.js';

/** How a call failed, as its caller is told. */
export interface Failure {
  readonly code: StatusCode;
  /** Without the code. */
  readonly message: string;
  readonly issues?: readonly Issue[] | undefined;
  readonly metadata?: Metadata | undefined;
  /** A declared error: its data is still to be judged by its schema. */
  readonly declared?: { readonly reason: string; readonly data: unknown } | undefined;
  /** The caller is told less than was thrown: the rest belongs in the server's log. */
  readonly redacted: boolean;
}

/**
 * What becomes of a thrown value. A declared error and an RpcError that the handler made itself travel as they
 * are. Everything else, including the error of a call that the handler made to somebody else, may say things
 * that are none of the caller's business.
 */
export function failureOf(plan: MethodPlan, thrown: unknown): Failure {
  const path = methodPath(plan.definition);
  if (isRpcError(thrown)) {
    if (thrown.reason !== undefined && thrown.method === path && plan.errorData.has(thrown.reason)) {
      return { ...spoken(thrown), declared: { reason: thrown.reason, data: thrown.data } };
    }
    if (thrown.method === undefined || thrown.method === path) return spoken(thrown);
    if (thrown.code === 'DEADLINE_EXCEEDED' || thrown.code === 'CANCELLED') {
      return { code: thrown.code, message: `${path} gave up on a call of its own`, redacted: false };
    }
  }
  return { code: 'UNKNOWN', message: `the handler of ${path} failed`, redacted: true };
}

/** The failure that an error of ours states in full. */
export function spoken(error: RpcError): Failure {
  const { code, issues, metadata } = error;
  return { code, message: withoutCode(error), issues, metadata, redacted: false };
}

function withoutCode({ code, message }: RpcError): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

/** The caller has given a call up. */
export function callCancelled(): RpcError {
  return new RpcError('CANCELLED', 'the caller cancelled the call', { origin: 'server' });
}

/** The deadline of a call has passed before its answer. */
export function callOverdue(): RpcError {
  return new RpcError('DEADLINE_EXCEEDED', OVERDUE, { origin: 'server' });
}
