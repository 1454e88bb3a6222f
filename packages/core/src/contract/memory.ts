/**
 * Memory that can be handed over as a blob without a copy. It may hold what was sent to this same peer before. Once sent it
 * must not be written any more; disposed of, its arrays have length 0 as soon as no call that was made with it waits to be
 * sent, and it is used again when the receiver has released it, too.
 */
export type Memory = Uint8Array & Disposable;

/** How long a client waits for memory. */
export interface AllocateLaterOptions {
  /** Ends the wait with CANCELLED, one of `AbortSignal.timeout` with DEADLINE_EXCEEDED. Default: it lasts as long as the connection. */
  readonly signal?: AbortSignal;
}

/** How a handler's memory is allocated. */
export interface AllocateOptions {
  /**
   * The memory stays the handler's after it was returned, to be returned again: whoever allocated it disposes of it. Default
   * false: memory that a handler returns, or yields, is given away with the answer.
   */
  readonly keep?: boolean;
}
