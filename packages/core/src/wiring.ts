import type { ServedByClient } from './client/open-pool.js';
import type { ConnectOptions } from './client/options.js';
import { doorServicesOf } from './contract/descriptor.js';
import { serviceOf } from './contract/service-of.js';
import type { AnyService } from './contract/types.js';
import { loggerOf } from './observe/logger.js';
import { CallbackServer } from './server/callback-server.js';
import type { ServeOptions } from './server/options.js';
import { resolveWindow } from './stream/window.js';
import { resolveMaxMessageBytes } from './transport/message-size.js';
import { duplicate } from './transport/shm/duplicate.js';
import type { Acceptor, Dialer } from './transport/transport.js';

/**
 * Joins client and server with their default transport. Everything else knows the transport interface only, and
 * the shared-memory transport, with its addon, is loaded when it is first used.
 */

/**
 * A server's answers that wait are kept above the transport, where `limits` bound them over all connections. What the
 * transport queues for each connection is not counted there, so it is no more than what goes out next.
 */
const RINGS_QUEUED = 2;

export async function acceptorFor(options: ServeOptions): Promise<Acceptor> {
  if (options.acceptor !== undefined) return options.acceptor;
  const { createShmAcceptor, DEFAULT_RING_BYTES } = await import('./transport/shm/index.js');
  return createShmAcceptor({
    directory: options.directory,
    name: options.name,
    onTaken: options.onTaken,
    ringBytes: options.ringBytes,
    maxQueuedBytes: RINGS_QUEUED * (options.ringBytes ?? DEFAULT_RING_BYTES),
    sameUidOnly: options.allow === undefined,
    logger: loggerOf(options.logger),
  });
}

export function dialerFor(options: ConnectOptions): Dialer {
  return only(options.name, options.dialer ?? new LazyDialer(() => loadShmDialer(options)));
}

async function loadShmDialer(options: ConnectOptions): Promise<Dialer> {
  const { createShmDialer } = await import('./transport/shm/index.js');
  return createShmDialer({
    directory: options.directory,
    serverUid: options.serverUid,
    ringBytes: options.ringBytes,
    maxQueuedBytes: options.maxQueuedBytes,
    logger: loggerOf(options.logger),
  });
}

/** The shared-memory dialer, which is loaded when somebody first looks for a server. */
class LazyDialer implements Dialer {
  #dialer: Promise<Dialer> | undefined;

  constructor(private readonly load: () => Promise<Dialer>) {}

  async discover(service: string): ReturnType<Dialer['discover']> {
    return (await this.#loaded()).discover(service);
  }

  async dial(...args: Parameters<Dialer['dial']>): ReturnType<Dialer['dial']> {
    return (await this.#loaded()).dial(...args);
  }

  watch(service: string, onChange: () => void): { close(): void } {
    let closed = false;
    let watching: { close(): void } | undefined;
    this.#loaded().then(
      (dialer) => {
        if (!closed) watching = dialer.watch(service, onChange);
      },
      // Looking for servers fails in the same way and says why.
      () => {},
    );
    return {
      close: () => {
        closed = true;
        watching?.close();
      },
    };
  }

  /** A call keeps its descriptors from the moment it is made, when there may be no transport yet. */
  duplicate(fd: number): number {
    return duplicate(fd);
  }

  #loaded(): Promise<Dialer> {
    this.#dialer ??= this.load();
    return this.#dialer;
  }
}

/** Restricts a dialer to one instance of each service. */
function only(instance: string | undefined, dialer: Dialer): Dialer {
  if (instance === undefined) return dialer;
  return {
    discover: async (service) => {
      const { endpoints, tried } = await dialer.discover(service);
      const matching = endpoints.filter((endpoint) => endpoint.instance === instance);
      if (endpoints.length === 0 || matching.length > 0) return { endpoints: matching, tried };
      const others = endpoints.map((endpoint) => endpoint.key).join(', ');
      return { endpoints: matching, tried: [...tried, `no instance '${instance}' among ${others}`] };
    },
    dial: (...args) => dialer.dial(...args),
    watch: (service, onChange) => dialer.watch(service, onChange),
    duplicate: (fd) => dialer.duplicate(fd),
  };
}

/**
 * What a client serves to its servers, when its contract has callbacks.
 * @param named for messages: the function that was called, and its option for callbacks
 */
export function servedBy(
  service: AnyService,
  options: ConnectOptions,
  { where, option } = { where: 'connect', option: 'callbacks' },
): ServedByClient | undefined {
  const { name, callbacks } = serviceOf(service);
  const { callbacks: handlers } = options;
  if (handlers !== undefined && callbacks === undefined)
    throw new TypeError(`${where}: ${name} declares no callbacks, so clients serve none`);
  if (callbacks === undefined && doorServicesOf(service).size === 0) return undefined;
  if (handlers === undefined && callbacks !== undefined) {
    const names = serviceOf(callbacks).methods.map((method) => method.name);
    throw new TypeError(
      `${where}: ${name} has callbacks (${names.join(', ')}): pass handlers for them as \`${option}\``,
    );
  }
  return new CallbackServer({
    service,
    handlers: handlers ?? {},
    maxMessageBytes: resolveMaxMessageBytes(options.maxMessageBytes),
    logger: loggerOf(options.logger),
    window: resolveWindow(where, options),
  });
}
