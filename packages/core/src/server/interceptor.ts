import type { MethodKind } from '../contract/method-kind.js';
import type { HandlerContext } from '../contract/types.js';

/** The call that a server interceptor stands around. */
export interface ServerCallInfo {
  readonly service: string;
  readonly method: string;
  readonly kind: MethodKind;
  /** The parsed input. */
  readonly input: unknown;
  readonly ctx: HandlerContext;
}

/**
 * Runs around every handler, outermost first. Calls `next` to go on, returns its result (or another one), and
 * may throw an RpcError instead.
 *
 * @example
 * ```ts
 * const auth: ServerInterceptor = async (call, next) => {
 *   if (call.ctx.metadata.token !== secret) throw new RpcError('UNAUTHENTICATED', 'no valid token');
 *   return next();
 * };
 * ```
 */
export type ServerInterceptor = (call: ServerCallInfo, next: () => Promise<unknown>) => Promise<unknown>;

/** A handler as the server calls it. */
export type RunHandler = (input: unknown, ctx: HandlerContext) => unknown;

/** The handler with all interceptors around it; the handler itself when there are none. */
export function intercept(
  interceptors: readonly ServerInterceptor[],
  method: { readonly service: string; readonly name: string; readonly kind: MethodKind },
  handler: RunHandler,
): RunHandler {
  const { service, name, kind } = method;
  return interceptors.reduceRight<RunHandler>(
    (inner, interceptor) => (input, ctx) =>
      interceptor({ service, method: name, kind, input, ctx }, async () => inner(input, ctx)),
    handler,
  );
}
