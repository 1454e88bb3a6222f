import type { AllocateOptions, Memory } from '../contract/memory.js';
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
  const { buffer } = memory;
  const dispose = () => {
    disposed.add(buffer);
    const held = holds.get(buffer);
    if (held === undefined) arena.dispose(memory);
    else held.dispose = dispose;
  };
  Object.defineProperty(memory, Symbol.dispose, { value: dispose });
  return memory as Memory;
}

/** How many calls that wait hold memory, and what its owner has asked for meanwhile. */
interface Holds {
  calls: number;
  dispose: (() => void) | undefined;
}

const holds = new WeakMap<ArrayBufferLike, Holds>();
/** Arrays that can be sent although their memory was disposed of meanwhile. */
const kept = new WeakSet<Uint8Array>();

/** Memory that a call has which waits to be sent. */
export interface HeldMemory {
  /** The same bytes, for that call alone. */
  readonly bytes: Uint8Array;
  /** The call was sent, or has ended: memory that was disposed of meanwhile goes back now. */
  release(): void;
}

/**
 * Keeps memory for a call that cannot be sent yet: its caller may dispose of it at once.
 * @throws RpcError FAILED_PRECONDITION when that was done before.
 */
export function holdMemory(memory: Uint8Array): HeldMemory {
  refuseDisposed(memory);
  const { buffer, byteOffset, length } = memory;
  const held = holds.get(buffer) ?? { calls: 0, dispose: undefined };
  holds.set(buffer, held);
  held.calls += 1;
  const bytes = new Uint8Array(buffer, byteOffset, length);
  kept.add(bytes);
  const release = () => {
    held.calls -= 1;
    if (held.calls > 0) return;
    holds.delete(buffer);
    held.dispose?.();
  };
  return { bytes, release };
}

/** Memory that is given away with the answer that it stands in, and how. */
const toGive = new WeakMap<ArrayBufferLike, () => void>();

/** The same for a handler, who gives it away with its answer unless it keeps it. */
export function allocateForAnswer(
  connection: Connection,
  bytes: number,
  options: AllocateOptions = {},
): Memory {
  const memory = allocate(connection, bytes);
  if (options.keep !== true) toGive.set(memory.buffer, () => memory[Symbol.dispose]());
  return memory;
}

/** Gives up what a handler has returned, if it is memory that goes with an answer. The receiver has it as long as it holds it. */
export function giveUp({ buffer }: Uint8Array): void {
  toGive.get(buffer)?.();
}

/** What arrays over it show is no bytes, but not none that somebody would want to send. */
const disposed = new WeakSet<ArrayBufferLike>();

/** @throws RpcError FAILED_PRECONDITION when the bytes are of memory that was disposed of. */
export function refuseDisposed(bytes: Uint8Array): void {
  if (disposed.has(bytes.buffer) && !kept.has(bytes))
    throw new RpcError(
      'FAILED_PRECONDITION',
      'the memory of the blob was disposed of, or given away before',
      {
        origin: 'client',
      },
    );
}
