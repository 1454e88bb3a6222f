import { describe } from '../contract/descriptor.js';
import { serializeDescriptor } from '../contract/exchange.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService } from '../contract/types.js';
import { loggerOf } from '../observe/logger.js';
import { HELLO_DEFAULTS } from '../transport/hello-defaults.js';
import { resolveMaxFds } from '../transport/max-fds.js';
import type { Connection, ConnectionSink, Dialer } from '../transport/transport.js';
import type { OpenLinks } from './client.js';
import type { ConnectOptions } from './options.js';
import { Pool } from './pool.js';

/** What a client serves on its connections: its side of the contract's callbacks. */
export interface ServedByClient {
  /** Calls in flight of the server on one connection. */
  readonly maxInFlight: number;
  /** One-way messages of the server that it takes before it gives credit back. */
  readonly onewayWindow: number;
  /** Takes the calls of the other side of a connection. */
  serve(connection: Connection): ConnectionSink;
}

/** Connections with all servers that a dialer finds. */
export function openPool(
  definition: AnyService,
  options: ConnectOptions,
  dialer: Dialer,
  served: ServedByClient | undefined,
): OpenLinks {
  const descriptor = describe(definition);
  const own = serviceOf(definition).name;
  return (agreements, settings, owner) => {
    const hello = {
      service: own,
      fingerprint: descriptor.fingerprint,
      descriptor: serializeDescriptor(descriptor),
      codec: agreements.codecHash ?? '',
      ...HELLO_DEFAULTS,
      maxMessageBytes: settings.maxMessageBytes,
      maxInFlight: served?.maxInFlight ?? 0,
      onewayWindow: served?.onewayWindow ?? 0,
      streamWindowBytes: settings.streamWindowBytes,
      streamWindowItems: settings.streamWindowItems,
      maxBlobBytes: options.maxBlobBytes ?? HELLO_DEFAULTS.maxBlobBytes,
      maxFds: resolveMaxFds('connect', options.acceptFds),
    };
    const logger = loggerOf(options.logger);
    const service = options.of ?? own;
    const serve = served?.serve.bind(served);
    return new Pool({ service, hello, dialer, agreements, settings, logger, serve }, owner);
  };
}
