/**
 * What travels beside the messages of a connection: descriptors, and memory that both ends can see.
 */

/** Open descriptors that travel beside the messages of one connection. */
export interface Descriptors {
  /** How many the other side takes with one message. */
  readonly maxPerMessage: number;
  /**
   * Sends copies of descriptors; the caller's own stay open. Call it before the message that names the ticket is
   * sent. Either all of them go or none.
   * @returns the ticket: the message's table of attachments names it
   * @throws RpcError RESOURCE_EXHAUSTED when there is no room now, or for more than the other side takes with one
   * message; INVALID_ARGUMENT when one of them is no descriptor that can be sent; FAILED_PRECONDITION when the other
   * side takes none; UNAVAILABLE when the connection is closed.
   */
  send(fds: readonly number[]): number;
  /**
   * The same for an item of a stream, which can wait, and leaves room for those of calls.
   * @returns undefined when there is no room before the connection becomes writable
   */
  sendForItem(fds: readonly number[]): number | undefined;
  /**
   * The descriptors of a ticket that a message names, in the sender's order. They are the caller's to close; each
   * ticket is good once.
   * @throws RpcError RESOURCE_EXHAUSTED when this process had no room for them; INTERNAL when they never came (the
   * connection fails); UNAVAILABLE when it is closed.
   */
  take(ticket: number): number[];
  /** The message that was to name this ticket is not sent after all: the other side closes what it got. */
  drop(ticket: number): void;
  /** A copy, close-on-exec. @throws RpcError INVALID_ARGUMENT when it is not open. */
  duplicate(fd: number): number;
  /** Closes a descriptor, wherever it came from. */
  close(fd: number): void;
}

/** Where a blob lies, as a message's table of attachments names it. All zero for a blob without bytes. */
export interface BlobPlace {
  readonly segment: number;
  readonly slot: number;
  readonly offset: number;
  readonly length: number;
}

/** Bytes of the other side's arena. */
export interface BlobView {
  readonly length: number;
  /**
   * All of them, without a copy where the host allows it. What is written to them stays on this side. They can change
   * while the other side breaks its promise not to write what it has lent. Their length is 0 after {@link release}.
   */
  readonly bytes: Uint8Array;
  /**
   * The same for a moment: an array that {@link release} need not make empty, for somebody who keeps nothing of it. It is a part of
   * a buffer that may hold more.
   */
  lend(): Uint8Array;
  /**
   * A copy of `[from, to)`, by default of all; to look at one place of a large blob it costs less than {@link bytes}.
   * @throws RpcError FAILED_PRECONDITION when the blob was released; RangeError for what is no part of it.
   */
  copy(from?: number, to?: number): Uint8Array;
  /** Nothing reads them any more: the other side gets its memory back. Collection does the same. Idempotent. */
  release(): void;
}

/** What an arena holds, in bytes of whole pages. */
export interface ArenaStats {
  /** Own memory that is allocated, or still lent. */
  readonly allocatedBytes: number;
  /** Of it, what the other side holds; what was lent twice counts twice. */
  readonly lentBytes: number;
  /** What the other side takes, its `maxBlobBytes`. */
  readonly quotaBytes: number;
  /** What this side holds of the other's memory. */
  readonly heldBytes: number;
  readonly heldBlobs: number;
}

/** Memory that the two ends of one connection lend each other, so that large bytes need no copy. */
export interface Arena {
  /**
   * Memory to be filled and lent. It is not wiped: it may hold what was sent to this same peer before.
   * @throws RpcError RESOURCE_EXHAUSTED when the other side would hold more than it takes, or there is no memory;
   * FAILED_PRECONDITION when it takes no blobs; UNAVAILABLE when the connection is closed.
   */
  allocate(bytes: number): Uint8Array;
  /**
   * Gives memory of {@link allocate} back: every array over it has length 0 then. It is used again when the other side
   * has released it as well. Collection does the same. Idempotent.
   * @throws RpcError INVALID_ARGUMENT for bytes that are not this arena's.
   */
  dispose(memory: Uint8Array): void;
  /**
   * Lends bytes to the other side, for the message that will name the place: memory of this arena (or a part of it)
   * as it is, whatever else as a copy. Memory that is lent must not be written any more.
   * @throws RpcError as {@link allocate}.
   */
  place(bytes: Uint8Array): BlobPlace;
  /**
   * There is no room, and an item of a stream can wait for it: the connection becomes writable when the other side has
   * given back some of what it holds, or memory of this side is free again. @returns false when it holds nothing
   */
  awaitRoom(): boolean;
  /** The message that was to name this place is not sent after all. */
  unplace(place: BlobPlace): void;
  /**
   * The bytes of a blob that a message names. They stay readable when the connection ends.
   * @throws RpcError RESOURCE_EXHAUSTED when this process has no memory for them; INTERNAL when there is no such place
   * (the connection fails); UNAVAILABLE when the connection is closed.
   */
  view(place: BlobPlace): BlobView;
  readonly stats: ArenaStats;
}
