import type { AllocateLaterOptions, Memory } from '../contract/memory.js';
import type { AnyService, CallOptions, Client, GeneratedService } from '../contract/types.js';
import { type HealthReport, health } from '../health/health.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import type { Dialer } from '../transport/transport.js';
import { ClientCore, type ClientStats } from './client.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { methodsOf } from './methods.js';
import { openPool, type ServedByClient } from './open-pool.js';
import type { ConnectOptions } from './options.js';

/** What a client has besides its service's methods. */
export interface ClientControls extends AsyncDisposable {
  /** Resolves when a server is connected; rejects with UNAVAILABLE after `connectTimeoutMs`. */
  ready(): Promise<void>;
  /** Asks one of the connected servers how it is. */
  health(options?: CallOptions): Promise<HealthReport>;
  /**
   * Memory that can be sent as a blob without a copy: fill it and pass it where the contract has `blob()`.
   * @throws RpcError FAILED_PRECONDITION when there is no connection yet; RESOURCE_EXHAUSTED when the server holds as much
   * as it takes (`maxBlobBytes`).
   */
  allocate(bytes: number): Memory;
  /**
   * The same as soon as the server has room for it.
   * @throws RpcError (it rejects) FAILED_PRECONDITION when there is no connection yet; RESOURCE_EXHAUSTED for more than the
   * server ever takes, or when it holds nothing that it could release; UNAVAILABLE when the connection ends; CANCELLED or
   * DEADLINE_EXCEEDED when the signal aborts.
   */
  allocateLater(bytes: number, options?: AllocateLaterOptions): Promise<Memory>;
  /** Ends pending calls with CANCELLED, delivers what was sent, and closes the connections. Idempotent. */
  close(): Promise<void>;
}

/** A service's methods, to be called, and the client's own. */
export type ServiceClient<Service extends AnyService> =
  Service extends GeneratedService<infer Stated extends ClientControls, unknown, unknown>
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
  stub.allocate = (bytes: number) => core.pool.allocate(bytes);
  stub.allocateLater = (bytes: number, waiting?: AllocateLaterOptions) =>
    core.pool.allocateLater(bytes, waiting?.signal);
  const close = () => core.close().then(afterClose);
  stub.close = close;
  stub[Symbol.asyncDispose] = close;
  const methods = planMethods(service).map(({ definition }) => definition.name);
  const show = shownAs('DoorcallClient', () => ({ service: core.service, methods, ...core.stats() }));
  Object.defineProperty(stub, inspectSymbol, { value: show });
  cores.set(stub, core);
  return Object.freeze(stub) as ServiceClient<Service>;
}
