/**
 * The one typed door between TypeScript and C++. Everything here is per environment (main thread or
 * worker): each has its own connections and none disturbs another. Times are milliseconds unless named
 * otherwise; ring sizes are powers of two, 4 KiB … 512 MiB.
 */

/** Credentials as the kernel tells them. `pid` is 0 when the peer is in another pid namespace. */
export interface NativePeer {
  uid: number;
  gid: number;
  pid: number;
}

/** What one side says about itself in the handshake. */
export interface NativeIntroduction {
  /** At most 255 bytes. */
  service: string;
  /** 32 hex digits. */
  fingerprint: string;
  /** What this side's generated code puts on the wire: 16 hex digits. Default '': it has none. */
  codec?: string;
  /** At most 48 KiB of UTF-8; travels only when the fingerprints differ. */
  descriptor: string;
  maxMessageBytes: number;
  maxInFlight: number;
  onewayWindow: number;
  /** What of one stream this side holds unread: 0 … 2^30 bytes, 0 … 2^20 items. */
  streamWindowBytes: number;
  streamWindowItems: number;
  /** Bytes of the peer's arena that this side holds at once, 0 … 2^48. */
  maxBlobBytes: number;
  /** Descriptors that this side takes with one message, 0 … 253. */
  maxFds: number;
}

/** The peer's introduction. */
export interface NativeRemote extends NativeIntroduction {
  codec: string;
  /** Both sides count descriptors under way, and items of streams by them (docs/protocol.md). */
  fdCredit: boolean;
  protocolVersion: number;
}

/** How this side makes a connection. */
export interface NativeConnectionOptions extends NativeIntroduction {
  /** Size of the ring that this side writes. */
  ringBytes: number;
  /** Bounds of the private queue before that ring. Default 4096 messages, 64 MiB. */
  maxQueuedMessages?: number;
  maxQueuedBytes?: number;
}

/** A failed dial or handshake. */
export interface NativeFailure {
  /** Number of a canonical status code, 1…16. */
  code: number;
  message: string;
  retryable: boolean;
  /** The server sent a refusal: it lives, whatever it says. */
  answered?: boolean;
  /** The server broke the protocol: who it is. */
  peer?: NativePeer;
  /** Name of the errno (`ECONNREFUSED`, `ENOENT`, `EAGAIN` …) when a system call failed while connecting. */
  errno?: string;
}

/** Why a connection ended, as the first argument of {@link NativeSink.onClose}. */
export type NativeCloseReason = 'local' | 'remote' | 'died' | 'hangup' | 'protocol-error';

/** A message that the peer certainly did not take. */
export interface NativeUntaken {
  kind: number;
  flags: number;
  method: number;
  callId: number;
  aux: number;
  bytes: Uint8Array;
}

/** What a connection's owner is told, always from the event loop. */
export interface NativeSink {
  /**
   * Records stand in the environment's {@link NativeAddon.batch}, from 0 to `bytes`, each with a 16-byte
   * header (docs/memory-layout.md) and padded to 16. Kind 0 is to be skipped; a record with flag 0x40 has,
   * as its payload, the u32 ticket of a large message: take it with {@link NativeConnection.takeLarge}.
   * Flag 0x20 on a request means that a cancel for it stands further on in the same batch.
   * @returns how many bytes were consumed: whole records. The rest comes again after `resume()`.
   */
  onBatch(bytes: number): number;
  /**
   * Once after `send` returned 1 (full): half of the queue is free again. When it was an `input` or `output`
   * that was refused: nothing waits any more. Also when what was refused for now may find room: descriptors, and blobs.
   */
  onWritable(): void;
  /** Once, last. */
  onClose(reason: NativeCloseReason, detail: string, frozen: boolean, untaken: NativeUntaken[]): void;
}

/** One established connection. It lives until it is closed, also when nothing refers to it. */
export interface NativeConnection {
  readonly peer: NativePeer;
  readonly remote: NativeRemote;
  /** Add to own CLOCK_MONOTONIC to get the peer's. */
  readonly clockOffsetMs: number;
  /** Largest payload of an `input` or `output` record. */
  readonly maxPieceBytes: number;
  /**
   * Shared with the addon. [0]: calls this side waits for (write it; above zero keeps the process alive and
   * allows spinning; the addon reads it when the loop turns and at each send). [1]: 1 while the connection
   * is quiet: after changing [0] then, call {@link NativeConnection.touch}. [2…6]: what `send` and `callSync`
   * send: kind | flags << 8 | method << 16, call id, aux, and the start and end of the payload in `bytes`.
   */
  readonly shared: Int32Array;
  /** The messages start to flow. Call once, before anything is sent. */
  start(sink: NativeSink): void;
  /**
   * Sends the message in `shared` [2…6]. Needs no receiver. The bytes are read before it returns.
   * @param bytes where the payload is; undefined when it is the array of the last message on this connection,
   * which the addon keeps if it is no longer than 1 MiB. That one must not be detached meanwhile.
   * @returns 0 accepted, 1 full, 2 closed, 3 too large (an `input` or `output`: for one record)
   * @throws RangeError when start and end are not in the array, or for a kind (0, 62, 63) or flag (0x20, 0x40,
   * 0x80) that is the transport's own.
   */
  readonly send: (bytes: Uint8Array | undefined) => number;
  /**
   * Sends a request and blocks until its answer, `deadlineMs` on CLOCK_MONOTONIC (ms) or the end.
   * @returns kind of the answer (3 reply, 4 error), or -1 deadline, -2 full, -3 closed, -4 closed and the
   * request certainly untaken, -5 too large, -6 thread is being terminated, -8 too much came for
   * others meanwhile, -9 the same before the request was sent. The answer's flags, aux and
   * length are in {@link NativeAddon.syncResult} [0..2]; its bytes in `syncBytes` from 0, or, when
   * [3] is 1, in `takeSyncLarge()`.
   * @throws RangeError as `send` does.
   */
  readonly callSync: (deadlineMs: number, bytes: Uint8Array | undefined) => number;
  takeSyncLarge(): Uint8Array;
  takeLarge(ticket: number): Uint8Array;
  /** Takes a message back that the peer has not seen whole. */
  withdraw(callId: number): boolean;
  queuedMessages(): number;
  /**
   * Sends copies of descriptors, at once, for the record that will name the ticket.
   * @param item the record is an item of a stream: that leaves room for those of calls
   * @returns the ticket, from 1 up, or -1 no room now, -2 one of them is no descriptor that can be sent, -3 the peer
   * takes none, -4 more than it takes with one message, -5 closed, -6 no room until {@link NativeSink.onWritable} comes.
   * Then nothing was sent.
   */
  sendFds(fds: readonly number[], item: boolean): number;
  /**
   * The descriptors of a ticket that a record names; they are the caller's to close.
   * @returns them, or -1 this process had no room for them (or they were taken before), -2 they never came (the
   * connection fails), -5 closed.
   */
  takeFds(ticket: number): number[] | number;
  /** No record will name this ticket: the peer closes what it got. */
  dropFds(ticket: number): void;
  /** Segment, slot, offset and length of what {@link placeBlob} placed last. */
  readonly blob: Float64Array;
  /**
   * Memory of this side's arena, which the peer can be given without a copy. An ordinary array where the host allows
   * none but its own memory; then every blob is copied.
   * @returns it, or -1 the peer would hold more than it takes, -2 the machine has no memory, -3 the peer takes no
   * blobs, -5 closed.
   */
  allocateBlob(bytes: number): Uint8Array | number;
  /**
   * Detaches memory of {@link allocateBlob}: every array over it has length 0 then. It is used again when the peer has
   * released it, too. @returns false when it is not memory of this arena.
   */
  disposeBlob(memory: Uint8Array): boolean;
  /**
   * Lends bytes to the peer for the message that will name the place in `blob`: as they are when they lie in this
   * arena, else as a copy.
   * @returns 0, or as {@link allocateBlob}; also -4 the socket has no room now.
   */
  placeBlob(bytes: Uint8Array): number;
  /**
   * There was no room for a blob: the sink is told, by `onWritable`, when the peer has given one back,
   * or memory of this side is free again.
   * @returns false when it holds none
   */
  awaitBlobs(): boolean;
  /** No message will name this slot after all. @returns false when nothing is lent there. */
  unplaceBlob(slot: number): boolean;
  /**
   * Holds a blob of at least one byte that a message names, until {@link releaseBlob}.
   * @returns its serial, from 1 up and never used twice, or -1 this process has no memory or descriptors for it, -2 the
   * peer broke the protocol (the connection fails), -5 closed.
   */
  borrowBlob(segment: number, slot: number, offset: number, length: number): number;
  /**
   * Its bytes, without a copy where the host allows that. From now on it is held until they are detached or collected,
   * too, even by that alone. What is written to them is this side's own.
   * Empty when it was released, when it was asked for before, and for a number that is no serial.
   */
  viewBlob(serial: number): Uint8Array;
  /**
   * The bytes of a view within a buffer over all of their segment, which is never detached: whoever reads them after releaseBlob
   * reads what is there then. Undefined where viewBlob has to be asked.
   */
  readBlob(serial: number): Uint8Array | undefined;
  /**
   * A copy of its bytes `[from, to)`, cut to what there is; undefined when it was released, and for a number that is no
   * serial.
   */
  copyBlob(serial: number, from: number, to: number): Uint8Array | undefined;
  /**
   * Detaches the bytes that viewBlob gave, if it did; the peer has its memory back after this turn of the loop. Without
   * effect when it was released, and for a number that is no serial. Views work on when the connection has ended.
   */
  releaseBlob(serial: number, bytes: Uint8Array | undefined): void;
  /**
   * Bytes allocated and lent in this arena, what the peer takes, and its segments; bytes and number of blobs held of
   * the peer's, and its segments.
   */
  blobCounts(): [number, number, number, number, number, number, number];
  /** Lets batches flow again after onBatch consumed less than it got. */
  resume(): void;
  touch(): void;
  /** Sends what is queued (for at most a second), then ends the connection in an orderly way. Idempotent. */
  close(detail: string): void;
  /** Ends the connection because the peer broke the protocol above the transport. */
  fail(detail: string): void;
}

/** Events of a listener. */
export interface NativeListenerEvents {
  /** A peer introduced itself; answer with `welcome` or `refuse`, now or later. */
  onHello(handshake: number, peer: NativePeer, remote: NativeRemote): void;
  /** A welcomed handshake is complete. Call `connection.start(sink)` now. */
  onConnection(handshake: number, connection: NativeConnection): void;
  /**
   * A handshake that onHello announced has come to nothing: refused by either side, given up, too late. Each one
   * ends with exactly one of onConnection and onDropped, which may come from within `welcome` and `refuse`.
   */
  onDropped(handshake: number): void;
  /** Another process asks for the name; answer with `giveLock` or `refuse`. */
  onTakeover(handshake: number, peer: NativePeer): void;
  /** A handshake failed or was malformed; already closed. `peer` is null before credentials are known. */
  onProblem(peer: NativePeer | null, reason: string): void;
}

export interface NativeListenerOptions {
  /** Connections the kernel queues. Default 511. */
  backlog?: number;
  /** Socket mode. Default 0o600. */
  mode?: number;
  /** Default 5000. */
  handshakeTimeoutMs?: number;
  /** Half-open handshakes at once of all other uids than this process's. Default 256. */
  maxHandshakes?: number;
  /** Half-open handshakes at once of any one uid, this process's included. Default 128. */
  maxHandshakesPerUid?: number;
}

/** A listening SOCK_SEQPACKET socket `<directoryFd>/<name>`. Keeps the process alive until closed. */
export interface NativeListener {
  welcome(handshake: number, options: NativeConnectionOptions): void;
  /** @param code number of a canonical status code */
  refuse(handshake: number, code: number, message: string): void;
  giveLock(handshake: number, lockFd: number): void;
  /** Accepts what is in the backlog, then no more. `done` when handshakes under way have ended too. */
  close(done: () => void): void;
}

export interface NativeAddon {
  /** Batches stand here; one per environment, 64 KiB. Valid only during `onBatch`. */
  readonly batch: ArrayBuffer;
  /** Bytes and facts (flags, aux, length, 1 when large) of the last synchronous answer. */
  readonly syncBytes: ArrayBuffer;
  readonly syncResult: Uint32Array;

  /** @throws Error with `code` (EADDRINUSE, EACCES …) when the socket cannot be made. */
  listen(
    directoryFd: number,
    name: string,
    options: NativeListenerOptions,
    events: NativeListenerEvents,
  ): NativeListener;
  /**
   * Connects to `<directoryFd>/<name>` and shakes hands; `done` comes from the event loop.
   * @param serverUid required owner of the listening socket, or -1 for any.
   * @returns gives the attempt up: `done` comes soon, with a failure unless it has come before
   */
  dial(
    directoryFd: number,
    name: string,
    serverUid: number,
    options: NativeConnectionOptions,
    timeoutMs: number,
    done: (failure: NativeFailure | null, connection: NativeConnection | null) => void,
  ): () => void;
  /**
   * Asks the server at that socket for its lock; `lockFd` is the caller's to close, by {@link closeDescriptor} only. Left open, it
   * is closed when the thread ends.
   */
  takeOver(
    directoryFd: number,
    name: string,
    timeoutMs: number,
    done: (failure: NativeFailure | null, lockFd: number) => void,
  ): void;

  /** flock(LOCK_EX | LOCK_NB). @returns false when somebody else holds it. @throws Error with `code`. */
  tryLock(fd: number): boolean;
  /** Duplicates a descriptor with close-on-exec (for a lock that outlives its giver). */
  duplicate(fd: number): number;
  /** Closes a descriptor that came from here; fs.closeSync() in a worker knows only those Node opened. */
  closeDescriptor(fd: number): void;

  /** What this kernel or its sandbox does not give, after "doorcall needs"; '' when nothing is missing. */
  missingFacility(): string;

  /** Waiting policy of this environment: see docs/wakeup.md. @throws Error for an unknown name. */
  setWaitPolicy(name: string): void;
  /** Counters of this environment, for tests and benchmarks. */
  counters(): {
    connections: number;
    active: number;
    rings: number;
    parks: number;
    spins: number;
    turns: number;
  };
}
