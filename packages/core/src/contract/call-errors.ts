import type { Issue } from '../errors/issue.js';
import { showIssues } from '../errors/issue.js';
import { RpcError } from '../errors/rpc-error.js';
import type { MethodDefinition } from './types.js';

/**
 * How a server says that the deadline of a call has passed. The client, which knows what was asked for, words it anew:
 * whoever of the two sees it first, its caller reads the same.
 */
export const OVERDUE = 'the deadline of the call has passed';

/** `service/method`, as it stands in {@link RpcError.method} and in messages. */
export function methodPath(method: MethodDefinition): string {
  return `${method.service}/${method.name}`;
}

/** INVALID_ARGUMENT for an input that the schema refuses. `maybeExecuted` is false: no handler saw it. */
export function invalidInput(method: MethodDefinition, issues: readonly Issue[]): RpcError {
  const path = methodPath(method);
  return new RpcError(
    'INVALID_ARGUMENT',
    `${path} does not take this input: ${showIssues(issues, 'input')}`,
    {
      origin: 'server',
      method: path,
      issues,
    },
  );
}

/** INVALID_ARGUMENT for an item of an input stream that the schema refuses; the issues' paths begin with its index. */
export function invalidInputItem(
  method: MethodDefinition,
  index: number,
  issues: readonly Issue[],
): RpcError {
  const path = methodPath(method);
  return new RpcError(
    'INVALID_ARGUMENT',
    `${path} does not take item ${index} of its input: ${showIssues(issues, 'item')}`,
    { origin: 'server', maybeExecuted: true, method: path, issues: at(index, issues) },
  );
}

/** INTERNAL for an item of an output stream that the schema refuses; the issues' paths begin with its index. */
export function invalidOutputItem(
  method: MethodDefinition,
  index: number,
  issues: readonly Issue[],
): RpcError {
  const path = methodPath(method);
  return new RpcError(
    'INTERNAL',
    `the handler of ${path} gave an invalid item ${index}: ${showIssues(issues, 'item')}`,
    { origin: 'server', maybeExecuted: true, method: path, issues: at(index, issues) },
  );
}

function at(index: number, issues: readonly Issue[]): readonly Issue[] {
  return issues.map(({ path, message }) => ({ path: [index, ...path], message }));
}

/** INTERNAL for a handler's result that the schema refuses. */
export function invalidOutput(method: MethodDefinition, issues: readonly Issue[]): RpcError {
  const path = methodPath(method);
  return new RpcError(
    'INTERNAL',
    `the handler of ${path} returned an invalid output: ${showIssues(issues, 'output')}`,
    {
      origin: 'server',
      maybeExecuted: true,
      method: path,
      issues,
    },
  );
}

/**
 * A declared error of a method; `ctx.error` and the client's decoder both make it here. Its data is not judged.
 * @throws TypeError when the method declares no such reason.
 */
export function declaredError(
  method: MethodDefinition,
  reason: string,
  data: unknown,
  message?: string,
): RpcError {
  const path = methodPath(method);
  const spec = method.errors?.[reason];
  if (spec === undefined) {
    const declared = Object.keys(method.errors ?? {});
    throw new TypeError(
      `${path} declares no error '${reason}'; ${declared.length === 0 ? 'it declares none' : `it has ${declared.join(', ')}`}`,
    );
  }
  return new RpcError(spec.code, message ?? reason, {
    origin: 'server',
    maybeExecuted: true,
    method: path,
    reason,
    ...(data === undefined ? {} : { data }),
  });
}
