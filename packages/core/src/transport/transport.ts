/**
 * The transport interface: what client and server need from whatever carries their records.
 *
 * A transport moves whole messages between two processes (or two ends of one process) in order, and says
 * when the other side is gone. It knows nothing of contracts, codecs or status codes. There are two
 * implementations, `shm/` (shared memory) and `memory/` (in-process, for tests), and one behavioural suite
 * that both pass.
 */

import type { Arena, Descriptors } from './attachments.js';

export type { Arena, ArenaStats, BlobPlace, BlobView, Descriptors } from './attachments.js';

/** The kind of a message. Numbers are the wire's; see docs/protocol.md. */
export const Kind = {
  /** A unary call; the receiver answers with exactly one `reply` or `error`. */
  request: 1,
  /** A call without an answer. Costs one credit of the receiver's one-way window. */
  oneway: 2,
  /** The successful end of a call. */
  reply: 3,
  /** The failed end of a call; `aux` is the status code's number. */
  error: 4,
  /** The caller has no more interest in `callId`. The answer still comes. */
  cancel: 5,
  /** The sender takes no new calls on this connection and will close it when the last one has ended. */
  goaway: 6,
  /** Gives back `aux` one-way credits. */
  credit: 7,
  /** A piece of an item of the caller's stream. Refused as soon as anything waits: see {@link Connection.send}. */
  input: 8,
  /** The caller's stream is over. Refused like `input`. */
  inputEnd: 9,
  /** A piece of an item of the callee's stream; refused like `input`. */
  output: 10,
  /** Gives back `method` items and `aux` bytes of the caller's stream. */
  inputWindow: 11,
  /** Gives back `method` items and `aux` bytes of the callee's stream. */
  outputWindow: 12,
  /** A blob is back: slot `callId` of the receiver's arena. */
  release: 13,
  /** The door `callId` is held `aux` times less. */
  doorRelease: 14,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * Kinds without payload: they overtake what waits for space, and the ring keeps some for them. Only `doorRelease` is ever
 * refused as `full`: when very many of them wait for a peer that takes none. It is to be sent again later; no
 * {@link ConnectionSink.onWritable} says when.
 */
export function isControl(kind: Kind): boolean {
  switch (kind) {
    case Kind.cancel:
    case Kind.goaway:
    case Kind.credit:
    case Kind.inputWindow:
    case Kind.outputWindow:
    case Kind.release:
    case Kind.doorRelease:
      return true;
    default:
      return false;
  }
}

/** Pieces of items. */
export function isItem(kind: Kind): boolean {
  return kind === Kind.input || kind === Kind.output;
}

/** What waits only where nothing else does: streams never stand in front of calls, nor do they end before they begin. */
export function isOfStream(kind: Kind): boolean {
  return isItem(kind) || kind === Kind.inputEnd;
}

/** Bits of a message's flags that client and server own. Bits 0x80, 0x40 and 0x20 belong to the transport. */
export const Flag = {
  /** The payload begins with a metadata block: u32 little-endian length, then that many bytes. */
  metadata: 0x01,
  /** An `error` whose body carries a declared reason and its data. */
  declared: 0x02,
  /** An `error` for a request that no handler saw. */
  notExecuted: 0x04,
  /** On `input` and `output`: `method` whole items, each behind its length (u32). */
  several: 0x01,
  /** An `inputWindow` that asks for no more: the callee reads no further. */
  stop: 0x02,
  /** A `request` whose caller's thread waits for the answer: it takes no calls meanwhile. */
  blocking: 0x02,
  /** A `request` or `oneway` for a door, whose number (u32) its body begins with. */
  door: 0x04,
  /** On `input` and `output`: the item goes on in the next such record of the call. */
  more: 0x08,
  /** The payload, after the metadata, begins with a table of attachments. */
  attachments: 0x10,
  /** Set by the receiving transport on a request whose `cancel` stands further on in the same batch. */
  cancelFollows: 0x20,
} as const;

/** Who is at the other end, as the kernel tells it. `pid` is 0 when it is in another pid namespace. */
export interface Peer {
  readonly uid: number;
  readonly gid: number;
  readonly pid: number;
}

/** What {@link Connection.send} did with a message. */
export const SendResult = {
  /** In the ring, or in the private queue before it: it goes in order, nothing more to do. */
  accepted: 0,
  /** Ring and queue are full, or a stream would have to wait behind something: nothing was kept. */
  full: 1,
  /** The connection is closed: nothing was kept. */
  closed: 2,
} as const;
export type SendResult = (typeof SendResult)[keyof typeof SendResult];

/** A message that the other side certainly did not take. */
export interface UntakenMessage {
  readonly kind: Kind;
  readonly flags: number;
  readonly method: number;
  readonly callId: number;
  readonly aux: number;
  /** Its bytes as they were sent, or undefined when part of them is already overwritten. */
  readonly bytes: Uint8Array | undefined;
}

/** How a connection came to its end. */
export type CloseReason =
  /** `close()` on this side. */
  | 'local'
  /** The other side closed in an orderly way. */
  | 'remote'
  /** The other process is gone. */
  | 'died'
  /** The socket hung up, but nothing proves that the process is gone. */
  | 'hangup'
  /** The other side broke the protocol; this side closed. */
  | 'protocol-error';

/** Why a connection ended. */
export interface CloseInfo {
  readonly reason: CloseReason;
  /** One sentence for logs and error messages. */
  readonly detail: string;
  /**
   * True when the other side's head can move no more, so that `untaken` is a proof: whatever is listed was
   * never executed. When false, every unanswered message may have been executed.
   */
  readonly frozen: boolean;
  readonly untaken: readonly UntakenMessage[];
}

/**
 * What the owner of a connection is told. Calls come from the event loop, never from within
 * {@link Connection.send}. `bytes` is valid only during the call.
 */
export interface ConnectionSink {
  /**
   * One whole message.
   * @returns false to refuse it for now: the transport keeps it, and all that follow it, until
   * {@link Connection.resume}.
   */
  onMessage(
    kind: number,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean;
  /**
   * Once after {@link SendResult.full}: it is worth trying again. After a stream was refused it comes when nothing
   * waits any more; after other messages were, it may come earlier.
   */
  onWritable(): void;
  /** Comes exactly once, after the last message. Messages that are held back at that moment are dropped. */
  onClose(info: CloseInfo): void;
}

/** The end of a synchronous call, as {@link Connection.callSync} returns it. */
export interface SyncReply {
  /**
   * `reply` and `error` are answers. `closed` comes with `onClose` in the next loop turn. `crowded`: so much came for others
   * that the loop has to deliver it first.
   */
  readonly outcome: 'reply' | 'error' | 'timeout' | 'full' | 'crowded' | 'closed';
  readonly flags: number;
  readonly aux: number;
  /** Valid until the next call into this connection. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** With `closed` and `crowded`: whether the request was certainly never taken. */
  readonly untaken: boolean;
}

/** One established connection. Both sides hold the same kind of object. */
export interface Connection {
  readonly peer: Peer;
  /** What the other side said in the handshake. */
  readonly remote: RemoteHello;
  /** Milliseconds to add to this process's CLOCK_MONOTONIC to get the peer's (0 in one time namespace). */
  readonly clockOffsetMs: number;
  /** True while the connection can send. */
  readonly open: boolean;
  /** Messages not yet in the ring. */
  readonly queuedMessages: number;
  /** Largest payload of an `input` or `output`: an item beyond it goes in pieces. */
  readonly maxPieceBytes: number;

  /**
   * Sends one message: copies `bytes[start, end)` before it returns. What finds no space waits in a private queue;
   * an `input`, `inputEnd` or `output` waits only where nothing else does, and is refused as `full` otherwise.
   * @throws RangeError when the payload is above the negotiated `maxMessageBytes`, or an item above
   * {@link maxPieceBytes}.
   */
  send(
    kind: Kind,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): SendResult;

  /**
   * Takes back the request of this call if it is still in the private queue.
   * @returns true when it was there: the other side never saw it.
   */
  withdraw(callId: number): boolean;

  /**
   * Sends a request and blocks the thread until its answer, the deadline (ms on {@link monotonicMs}'s
   * scale) or the end of the connection. Messages for others are kept, in order, for the next loop turn.
   * Undefined when this transport cannot block for its peer (same thread).
   */
  readonly callSync:
    | ((
        flags: number,
        method: number,
        callId: number,
        aux: number,
        bytes: Uint8Array,
        start: number,
        end: number,
        deadlineMs: number,
      ) => SyncReply)
    | undefined;

  readonly arena: Arena;
  /** Undefined where the transport carries no descriptors. */
  readonly descriptors: Descriptors | undefined;

  /**
   * How many calls this side waits for: while above zero, the connection keeps the process alive and may spin.
   * Told when it becomes zero and when it leaves zero, not at every call.
   */
  setPending(calls: number): void;
  /** Lets messages flow again after `onMessage` returned false. */
  resume(): void;
  /** Ends the connection in an orderly way: what was sent before is still delivered. Idempotent. */
  close(detail?: string): void;
  /** Ends the connection because the peer broke the protocol above the transport; what is queued is dropped. */
  fail(detail: string): void;
}

/** What each side tells the other when a connection is made. */
export interface Hello {
  readonly service: string;
  /** 32 hex digits; equal fingerprints mean equal contracts. */
  readonly fingerprint: string;
  /**
   * Hash of what this side's generated code puts on the wire, 16 hex digits: equal ones understand each other.
   * Default '': the side has no generated code.
   */
  readonly codec?: string;
  /** The contract's descriptor (JSON), sent to the other side when the fingerprints differ. At most 48 KiB. */
  readonly descriptor: string;
  readonly maxMessageBytes: number;
  /** Calls the sender of this hello is willing to have in flight for its peer at once. */
  readonly maxInFlight: number;
  /** One-way messages the sender of this hello takes before it gives credit back. */
  readonly onewayWindow: number;
  /** What the sender of this hello holds unread of one stream: at most 2^30 bytes and 2^20 items. */
  readonly streamWindowBytes: number;
  readonly streamWindowItems: number;
  /** Bytes of the peer's arena that the sender of this hello holds at once, at most 2^48. */
  readonly maxBlobBytes: number;
  /** Descriptors that the sender of this hello takes with one message, at most 253; 0: none. */
  readonly maxFds: number;
}

/** The peer's hello. `descriptor` is empty when the fingerprints are equal. */
export interface RemoteHello extends Hello {
  readonly codec: string;
  /** Doorcall protocol version agreed on. */
  readonly protocolVersion: number;
  /** Whether both sides count the descriptors under way, and the items of streams by theirs (docs/protocol.md). */
  readonly fdCredit: boolean;
}

/** A refusal by the other side, or by this side's checks, while connecting. */
export interface Refusal {
  /** Canonical status code, e.g. `PERMISSION_DENIED`. */
  readonly code: string;
  readonly message: string;
}

/** One place where a server may answer. */
export interface Endpoint {
  /** Unique, e.g. the socket's path. For messages and for balancing. */
  readonly key: string;
  /** The server's name among the instances of its service, where the transport has such names. */
  readonly instance?: string;
}

/** How a dial attempt ended. */
export type DialResult =
  | { readonly connection: Connection }
  /**
   * `retryable`: nobody there now (no socket, refused, backlog full, handshake timeout); else final.
   * `violator`: who answers there, when it has broken the protocol.
   */
  | { readonly refusal: Refusal; readonly retryable: boolean; readonly violator?: Peer };

/** The client's side of a transport. */
export interface Dialer {
  /** Endpoints that exist now, best first; every place looked at is named in `tried` with what was found. */
  discover(service: string): Promise<{ endpoints: readonly Endpoint[]; tried: readonly string[] }>;
  /**
   * Connects and shakes hands. `sink` receives whatever comes, from the first message on.
   * @param signal gives a handshake under way up, which then fails
   */
  dial(
    endpoint: Endpoint,
    hello: Hello,
    sink: ConnectionSink,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<DialResult>;
  /** Calls back when the set of endpoints may have changed. Does not keep the process alive. */
  watch(service: string, onChange: () => void): { close(): void };
  /**
   * A copy of a descriptor, close-on-exec, for a call that waits for a connection; undefined where the transport carries
   * none. It works at once, before anything was discovered.
   * @throws RpcError INVALID_ARGUMENT when it is not open; RESOURCE_EXHAUSTED when this process has no room for one more.
   */
  duplicate(fd: number): number | undefined;
}

/** How a server wants its incoming connections treated. */
export interface AcceptPolicy {
  readonly hello: Hello;
  /** Further service names that are answered at the same place (`doorcall.health`). */
  readonly alsoServes: readonly string[];
  /** Judges a peer after its credentials and hello are known. Undefined lets it in. */
  allow(peer: Peer, remote: RemoteHello): Refusal | undefined;
  /** A new connection; the returned sink receives its messages. */
  onConnection(connection: Connection): ConnectionSink;
  /** Another process takes the name over: drain, then close. */
  onTaken(): void;
  /** Something to log: a refused or broken peer, rate-limited by the transport. */
  onPeerProblem(peer: Peer | undefined, reason: string): void;
}

/** A place that accepts connections. */
export interface Listening {
  /** For logs and error messages, e.g. the socket's path. */
  readonly address: string;
  /** Accepts no more; connections that exist live on. Idempotent. */
  close(): Promise<void>;
}

/** The server's side of a transport. */
export interface Acceptor {
  /** @throws RpcError when the place is taken, refused or cannot be made. */
  listen(policy: AcceptPolicy): Promise<Listening>;
}
