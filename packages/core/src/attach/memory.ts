import type { Memory } from '../contract/memory.js';
import { RpcError } from '../errors/rpc-error.js';
import type { Connection } from '../transport/transport.js';

const buffers = new WeakSet<ArrayBufferLike>();

/** Whether bytes lie in memory of {@link allocate}, of whatever connection: whoever sends them does not write them any more. */
export function isArenaMemory({ buffer }: Uint8Array): boolean {
  return buffers.has(buffer);
}

/**
 * Memory that can be handed over on a connection without a copy.
 * @throws RpcError INVALID_ARGUMENT for a size that is none; RESOURCE_EXHAUSTED when the other side holds as much as it
 * takes, or there is no memory.
 */
export function allocate({ arena }: Connection, bytes: number): Memory {
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new RpcError('INVALID_ARGUMENT', `${String(bytes)} is no number of bytes`);
  const memory = arena.allocate(bytes);
  buffers.add(memory.buffer);
  Object.defineProperty(memory, Symbol.dispose, { value: () => arena.dispose(memory) });
  return memory as Memory;
}
