import type { ConnectOptions } from './client/options.js';
import { createClient, type ServiceClient } from './client/stub.js';
import type { AnyService, CallbacksOf } from './contract/types.js';
import { dialerFor, servedBy } from './wiring.js';

/**
 * A client for a service. It connects with the first call, to every instance of the service that there is, and
 * again by itself whenever a connection is lost. An idle client does not keep the process alive.
 *
 * Every method takes its input and, second, {@link CallOptions}, and rejects with an `RpcError` only. A method's
 * `.sync()` does the same call blocking the thread, for the lowest latency.
 *
 * @example
 * ```ts
 * await using client = connect(orders);
 * const { id } = await client.place(order, { timeoutMs: 50 });
 * ```
 */
export function connect<Service extends AnyService>(
  service: Service,
  ...[options = {}]: ConnectArguments<Service>
): ServiceClient<Service> {
  return createClient(service, options, dialerFor(options), servedBy(service, options));
}

/** The options of `connect`: of a service with callbacks, with handlers for them. */
export type ConnectArguments<Service extends AnyService> = [CallbacksOf<Service>] extends [never]
  ? [options?: ConnectOptions]
  : [options: ConnectOptions & { readonly callbacks: CallbacksOf<Service> }];
