import { type MethodDefinition, RpcError } from '@doorcall/core';

/** The largest body in either direction, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024;

export function pathOf(method: MethodDefinition): string {
  return `/${method.service}/${method.name}`;
}

/** An error as JSON. */
type ErrorBody = ReturnType<typeof errorBody>;

/** What a caller is told of a failure: everything that was meant for it, and no more. */
export function errorBody(method: MethodDefinition, thrown: unknown) {
  const error = meantForCaller(method, RpcError.from(thrown));
  const { code, message, maybeExecuted, reason, data, issues } = error;
  return { code, message: message.slice(code.length + 2), maybeExecuted, reason, data, issues };
}

export function errorOf(method: MethodDefinition, body: string): RpcError {
  const { code, message, ...details } = JSON.parse(body) as ErrorBody;
  return new RpcError(code, message, { ...details, origin: 'server', method: nameOf(method) });
}

/** `service/method`, by which `isRpcError` recognises whose declared error it is. */
export function nameOf(method: MethodDefinition): string {
  return `${method.service}/${method.name}`;
}

function meantForCaller(method: MethodDefinition, error: RpcError): RpcError {
  const own = error.method === undefined || error.method === nameOf(method);
  if (own && error.code !== 'UNKNOWN') return error;
  if (error.code === 'DEADLINE_EXCEEDED' || error.code === 'CANCELLED') return error;
  console.error(error);
  return new RpcError('UNKNOWN', `the handler of ${nameOf(method)} failed`, { maybeExecuted: true });
}
