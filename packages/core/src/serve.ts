import { createPeerCaller } from './client/peer-caller.js';
import type { AnyService, Handlers } from './contract/types.js';
import { checkServeOptions, type ServeOptions } from './server/options.js';
import { type Server, ServerCore } from './server/server.js';
import { acceptorFor } from './wiring.js';

/**
 * Serves a service: every process of this machine that may, can call its methods until the server is closed.
 *
 * @param handlers a function for each method; `(input, ctx) => result`
 * @returns when the server can be connected with
 * @throws TypeError when a method has no handler, or an option is none
 * @throws RpcError ALREADY_EXISTS when another process serves the name (see `onTaken`), FAILED_PRECONDITION when
 * the directory cannot be trusted, UNIMPLEMENTED on a platform without what shared memory needs.
 *
 * @example
 * ```ts
 * await using server = await serve(orders, {
 *   async place(order, ctx) {
 *     return { id: await store.save(order, { signal: ctx.signal }) };
 *   },
 * });
 * ```
 */
export async function serve<Service extends AnyService>(
  service: Service,
  handlers: Handlers<Service>,
  options: ServeOptions = {},
): Promise<Server> {
  checkServeOptions(options);
  const server = new ServerCore(service, handlers, options, createPeerCaller);
  await server.listen(await acceptorFor(options));
  return server;
}
