/**
 * The shared-memory transport. A service is a folder `<directory>/<service>/`, a server an instance in it: the
 * socket `<instance>.sock`, where peers meet, and `<instance>.lock`, which says who owns the name. After the
 * handshake everything goes through rings in shared memory.
 *
 * - Taking part: directory.ts, folder.ts (where), claim.ts, lock-file.ts, guard.ts, liveness.ts (whose name it is)
 * - Serving: acceptor.ts, listening.ts, published-socket.ts, entrance.ts, admission.ts (who may come in)
 * - Calling: dialer.ts, discover.ts, watch.ts
 * - Connections: connection.ts (out), inbox.ts (in), native.ts (the addon)
 *
 * Importing this works on every platform; using it where the addon cannot work fails with UNIMPLEMENTED and one
 * sentence that says what is missing.
 */
import type { Acceptor, Dialer } from '../transport.js';
import { ShmAcceptor } from './acceptor.js';
import { ShmDialer } from './dialer.js';
import type { ShmAcceptorOptions, ShmDialerOptions } from './options.js';

export type { OnTaken, ShmAcceptorOptions, ShmDialerOptions, ShmLogger } from './options.js';
export { DEFAULT_RING_BYTES } from './options.js';

/** The server's side: {@link Acceptor.listen} makes directories as needed, takes the name and listens. */
export function createShmAcceptor(options: ShmAcceptorOptions = {}): Acceptor {
  return new ShmAcceptor(options);
}

/** The client's side. */
export function createShmDialer(options: ShmDialerOptions = {}): Dialer {
  return new ShmDialer(options);
}
