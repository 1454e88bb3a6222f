import { type MethodDefinition, RpcError, type StatusCode } from '@doorcall/core';
import { nameOf } from './wire.js';

type Schema = NonNullable<MethodDefinition['input']>;

/** The parsed value, as doorcall's server makes it of input and output. */
export function parsed(
  method: MethodDefinition,
  schema: Schema | undefined,
  value: unknown,
  otherwise: StatusCode,
): unknown {
  if (schema === undefined) return undefined;
  const result = schema['~standard'].validate(value);
  if (result instanceof Promise) throw new RpcError('UNIMPLEMENTED', 'asynchronous schemas over HTTP');
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ path = [], message }) => ({
    path: path.map((step) => plainKey(typeof step === 'object' ? step.key : step)),
    message,
  }));
  const first = issues[0];
  const text = `${nameOf(method)}: ${first?.path.join('.')}: ${first?.message}`;
  throw new RpcError(otherwise, text, { origin: 'server', method: nameOf(method), issues });
}

function plainKey(key: PropertyKey): string | number {
  return typeof key === 'symbol' ? String(key) : key;
}
