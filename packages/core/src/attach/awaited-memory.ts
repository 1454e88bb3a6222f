import type { Memory } from '../contract/memory.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import type { Connection } from '../transport/transport.js';
import { attachmentsOf } from './attachments.js';

/** The turns of those who wait for something on a connection; streams have theirs there, too. */
export interface MemoryTurns {
  wait(waiter: { resume(): boolean }): void;
  leave(waiter: { resume(): boolean }): void;
}

/** What memory is waited for with. */
export interface Wait {
  readonly connection: Connection;
  readonly turns: MemoryTurns;
  /** How much {@link make} allocates. */
  readonly bytes: number;
  /** Allocates it, or throws. */
  readonly make: () => Memory;
  /** Ends the wait; asked for when there is one. */
  readonly signal: () => AbortSignal | undefined;
}

/**
 * Memory as soon as the other side has room for it.
 * @throws RpcError (it rejects) as {@link allocate} where waiting does not help; CANCELLED or DEADLINE_EXCEEDED when the signal
 * aborts, UNAVAILABLE when the connection ends.
 */
export async function allocateLater(wait: Wait): Promise<Memory> {
  try {
    return wait.make();
  } catch (thrown) {
    if (!mayComeBack(wait, thrown)) throw thrown;
  }
  return new Promise((resolve, reject) => new Waiter(wait, resolve, reject).begin());
}

class Waiter {
  readonly #signal: AbortSignal | undefined;
  readonly #stopFollowing: () => void;

  constructor(
    private readonly wait: Wait,
    private readonly resolve: (memory: Memory) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    this.#signal = wait.signal();
    this.#stopFollowing = attachmentsOf(wait.connection).whenClosed(() => this.resume());
  }

  begin(): void {
    if (this.#signal?.aborted === true) {
      this.handleEvent();
      return;
    }
    this.#signal?.addEventListener('abort', this);
    this.wait.turns.wait(this);
  }

  /** There may be room. Others have their turn in any case. */
  resume(): boolean {
    try {
      const memory = this.wait.make();
      this.#leave();
      this.resolve(memory);
    } catch (thrown) {
      if (mayComeBack(this.wait, thrown)) {
        this.wait.turns.wait(this);
      } else {
        this.#leave();
        this.reject(thrown);
      }
    }
    return true;
  }

  handleEvent(): void {
    this.#leave();
    this.reject(ended(this.#signal?.reason));
  }

  #leave(): void {
    this.#signal?.removeEventListener('abort', this);
    this.#stopFollowing();
    this.wait.turns.leave(this);
  }
}

/** Whether it was for want of room, which there can be when the other side releases what it holds. */
function mayComeBack({ connection: { arena }, bytes }: Wait, thrown: unknown): boolean {
  if (!isRpcError(thrown) || thrown.code !== 'RESOURCE_EXHAUSTED') return false;
  return bytes <= arena.stats.quotaBytes && arena.awaitRoom();
}

function ended(reason: unknown): RpcError {
  if (isRpcError(reason)) return reason;
  const late = RpcError.from(reason).code === 'DEADLINE_EXCEEDED';
  return new RpcError(
    late ? 'DEADLINE_EXCEEDED' : 'CANCELLED',
    'the wait for memory was ended by its signal',
    {
      cause: reason,
    },
  );
}
