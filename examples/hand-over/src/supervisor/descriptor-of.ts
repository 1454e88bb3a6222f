import type { Server, Socket } from 'node:net';

/**
 * The number of a socket's descriptor, which stays the socket's.
 *
 * Node has no public way to ask for it. `_handle.fd` has been there since its first versions, on every kind of socket;
 * should it go, this fails at once and says so. The socket must not have begun to read (`pauseOnConnect`): what it holds in
 * its own buffer does not travel with a descriptor.
 */
export function descriptorOf(socket: Socket | Server): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: unknown } | null };
  const fd = handle?.fd;
  if (typeof fd !== 'number' || fd < 0) throw new Error('this socket has no descriptor, or does not show it');
  return fd;
}
