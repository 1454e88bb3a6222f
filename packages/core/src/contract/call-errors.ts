import type { Issue } from '../errors/issue.js';
import type { RpcError } from '../errors/rpc-error.js';
import type { MethodDefinition } from './types.js';

/** `service/method`, as it stands in {@link RpcError.method} and in messages. */
export function methodPath(method: MethodDefinition): string {
  return `${method.service}/${method.name}`;
}

/** INVALID_ARGUMENT for an input that the schema refuses. `maybeExecuted` is false: no handler saw it. */
export declare function invalidInput(method: MethodDefinition, issues: readonly Issue[]): RpcError;

/** INTERNAL for a handler's result that the schema refuses. */
export declare function invalidOutput(method: MethodDefinition, issues: readonly Issue[]): RpcError;

/** A declared error of a method; `ctx.error` and the client's decoder both make it here. */
export declare function declaredError(
  method: MethodDefinition,
  reason: string,
  data: unknown,
  message?: string,
): RpcError;
