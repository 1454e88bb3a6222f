import type { AnyService, CallOptions, Client, GeneratedService } from '../contract/types.js';
import { type HealthReport, health } from '../health/health.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import type { Dialer } from '../transport/transport.js';
import { ClientCore, type ClientStats } from './client.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { openPool, type ServedByClient } from './open-pool.js';
import type { ConnectOptions } from './options.js';

/** What a client has besides its service's methods. */
export interface ClientControls extends AsyncDisposable {
  /** Resolves when a server is connected; rejects with UNAVAILABLE after `connectTimeoutMs`. */
  ready(): Promise<void>;
  /** Asks one of the connected servers how it is. */
  health(options?: CallOptions): Promise<HealthReport>;
  /** Ends pending calls with CANCELLED, delivers what was sent, and closes the connections. Idempotent. */
  close(): Promise<void>;
}

/** A service's methods, to be called, and the client's own. */
export type ServiceClient<Service extends AnyService> =
  Service extends GeneratedService<infer Stated extends ClientControls, unknown>
    ? Stated
    : Client<Service> & ClientControls;

const cores = new WeakMap<object, ClientCore>();

/** Figures of a client, for monitoring. */
export function statsOf(client: ClientControls): ClientStats {
  const core = cores.get(client);
  if (core === undefined) throw new TypeError('statsOf takes a client made by connect');
  return core.stats();
}

/**
 * A client for a service over a transport. It is an object without a prototype: nothing in it but these.
 * @param served what the client serves on its connections
 * @param afterClose what else ends with the client
 */
export function createClient<Service extends AnyService>(
  service: Service,
  options: ConnectOptions,
  dialer: Dialer,
  served?: ServedByClient,
  afterClose: () => Promise<void> = async () => {},
): ServiceClient<Service> {
  const core = new ClientCore(service, options, openPool(service, options, dialer, served));
  const [healthPlan] = planMethods(health) as [MethodPlan];
  const stub = methodsOf(core, planMethods(service));
  stub.ready = () => core.ready();
  stub.health = (callOptions?: CallOptions) => core.call(healthPlan, undefined, callOptions);
  const close = () => core.close().then(afterClose);
  stub.close = close;
  stub[Symbol.asyncDispose] = close;
  const methods = planMethods(service).map(({ definition }) => definition.name);
  const show = shownAs('DoorcallClient', () => ({ service: core.service, methods, ...core.stats() }));
  Object.defineProperty(stub, inspectSymbol, { value: show });
  cores.set(stub, core);
  return Object.freeze(stub) as ServiceClient<Service>;
}

/** An object without a prototype that has a function for each method. */
export function methodsOf(core: ClientCore, plans: readonly MethodPlan[]): Record<string | symbol, unknown> {
  const stub = Object.create(null) as Record<string | symbol, unknown>;
  for (const plan of plans) stub[plan.definition.name] = callable(core, plan);
  return stub;
}

function callable(core: ClientCore, plan: MethodPlan): unknown {
  const { name } = plan.definition;
  // The name shows in stack traces.
  if (plan.streamsOutput) {
    return {
      [name]: (input?: unknown, options?: CallOptions) => core.stream(plan, input, options),
    }[name];
  }
  const { [name]: call } = {
    [name]: (input?: unknown, options?: CallOptions) => core.call(plan, input, options),
  };
  if (plan.oneway || plan.streaming) return call;
  return Object.assign(call as object, {
    sync: (input?: unknown, options?: CallOptions) => core.callSync(plan, input, options),
  });
}
