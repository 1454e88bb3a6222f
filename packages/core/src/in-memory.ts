import type { ConnectOptions } from './client/options.js';
import { createPeerCaller } from './client/peer-caller.js';
import { createClient, type ServiceClient } from './client/stub.js';
import type { AnyService, CallbacksOf, Handlers } from './contract/types.js';
import { type OptionNames, refuseUnknownOptions } from './errors/unknown-option.js';
import { checkServeOptions, type ServeOptions } from './server/options.js';
import { ServerCore } from './server/server.js';
import { MemoryTransport } from './transport/memory/index.js';
import { servedBy } from './wiring.js';

/** Options of `connectInMemory`: those of `serve` and of `connect` that do not name a place. */
export interface InMemoryOptions {
  readonly server?: Omit<ServeOptions, 'directory' | 'name' | 'onTaken' | 'ringBytes'>;
  readonly client?: Omit<ConnectOptions, 'directory' | 'name' | 'serverUid' | 'ringBytes'>;
}

const OPTIONS: OptionNames<InMemoryOptions> = { server: true, client: true };

/**
 * A client and a server within this thread, for tests: the same codec, validation, limits and errors as between
 * processes, without shared memory. `.sync()` is refused, because the thread would wait for itself.
 *
 * @returns the client; closing it closes the server, too.
 */
export function connectInMemory<Service extends AnyService>(
  service: Service,
  handlers: Handlers<Service>,
  ...[options = {}]: InMemoryArguments<Service>
): ServiceClient<Service> {
  refuseUnknownOptions('connectInMemory', options, OPTIONS);
  checkServeOptions(options.server ?? {});
  const transport = new MemoryTransport();
  const server = new ServerCore(service, handlers, options.server ?? {}, createPeerCaller);
  // An in-memory place is free at once, and nothing can refuse it.
  void server.listen(transport.acceptor());
  const client = options.client ?? {};
  const served = servedBy(service, client, { where: 'connectInMemory', option: 'client.callbacks' });
  return createClient(service, client, transport.dialer(), served, () => server.close());
}

/** The options of `connectInMemory`: of a service with callbacks, with handlers for them. */
export type InMemoryArguments<Service extends AnyService> = [CallbacksOf<Service>] extends [never]
  ? [options?: InMemoryOptions]
  : [
      options: InMemoryOptions & {
        readonly client: { readonly callbacks: CallbacksOf<Service> };
      },
    ];
