import type { NativeConnection } from '@doorcall/native';
import {
  type Arena,
  type Connection,
  type ConnectionSink,
  type Descriptors,
  isItem,
  Kind,
  type Peer,
  type RemoteHello,
  type SendResult,
  type SyncReply,
} from '../transport.js';
import { ShmArena } from './arena.js';
import { ShmDescriptors } from './descriptors.js';
import { Inbox } from './inbox.js';
import type { Environment } from './native.js';
import type { ShmLogger } from './options.js';

/** Index of the calls waited for, and of "is quiet", in {@link NativeConnection.shared}. */
const PENDING = 0;
const QUIET = 1;
/** Indexes of the fields of an outgoing message. */
const HEAD = 2;
const CALL_ID = 3;
const AUX = 4;
const START = 5;
const END = 6;
/** A larger array is named to the addon for each message that comes from it. */
const MAX_KEPT_SOURCE = 1024 * 1024;

const TOO_LARGE = 3;
/** What {@link NativeConnection.callSync} returns besides the kind of an answer. */
const SYNC = {
  error: 4,
  deadline: -1,
  full: -2,
  untaken: -4,
  tooLarge: -5,
  crowded: -8,
  crowdedUnsent: -9,
} as const;

/** Of what came to no answer; all else is that of a closed connection. */
const OUTCOMES: Readonly<Record<number, SyncReply['outcome']>> = {
  [SYNC.deadline]: 'timeout',
  [SYNC.full]: 'full',
  [SYNC.crowded]: 'crowded',
  [SYNC.crowdedUnsent]: 'crowded',
};

const NOTHING = new Uint8Array(0);

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface ShmConnectionOptions {
  /** Payload that both sides agreed to. */
  readonly maxMessageBytes: number;
  /** False when the peer lives on this thread: blocking for it would block it, too. */
  readonly mayBlock: boolean;
  readonly logger: ShmLogger;
  /** Told before the sink that the connection is over. */
  readonly onEnded?: () => void;
}

const nothingToDo = (): void => {};

/** A connection through shared memory. Thin: rings, queues and waiting are the addon's. */
export class ShmConnection implements Connection {
  readonly peer: Peer;
  readonly remote: RemoteHello;
  readonly clockOffsetMs: number;
  readonly maxPieceBytes: number;
  readonly descriptors: Descriptors;
  readonly arena: Arena;
  readonly callSync: Connection['callSync'];

  readonly #environment: Environment;
  readonly #native: NativeConnection;
  readonly #nativeSend: NativeConnection['send'];
  /** The array that the addon takes the next message from unless it is told otherwise. */
  #source: Uint8Array | undefined;
  /** How long the addon believes that array to be. */
  #sourceLength = 0;
  readonly #shared: Int32Array;
  readonly #inbox: Inbox;
  readonly #maxMessageBytes: number;
  #closing = false;
  /** One object for every answer: it is valid until the next call only. */
  readonly #reply: Mutable<SyncReply> = {
    outcome: 'closed',
    flags: 0,
    aux: 0,
    bytes: NOTHING,
    start: 0,
    end: 0,
    untaken: false,
  };

  constructor(environment: Environment, native: NativeConnection, options: ShmConnectionOptions) {
    this.#environment = environment;
    this.#native = native;
    this.#nativeSend = native.send;
    this.#shared = native.shared;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.peer = native.peer;
    this.remote = native.remote;
    this.clockOffsetMs = native.clockOffsetMs;
    this.maxPieceBytes = Math.min(native.maxPieceBytes, options.maxMessageBytes);
    this.arena = new ShmArena(native);
    this.descriptors = new ShmDescriptors(environment.addon, native);
    this.callSync = options.mayBlock ? this.#blockingCall.bind(this) : undefined;
    this.#inbox = new Inbox(environment, native, options.logger, options.onEnded ?? nothingToDo);
    native.start(this.#inbox);
  }

  /** Says who receives. Must come before control returns to the event loop. */
  attach(sink: ConnectionSink): void {
    this.#inbox.attach(sink);
  }

  get open(): boolean {
    return !this.#closing && !this.#inbox.closed;
  }

  get queuedMessages(): number {
    return this.#native.queuedMessages();
  }

  send(
    kind: Kind,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): SendResult {
    const nativeSend = this.#nativeSend;
    const result = nativeSend(
      this.#write(kind | (flags << 8) | (method << 16), callId, aux, bytes, start, end),
    );
    if (result === TOO_LARGE) throw this.#tooLarge(end - start, kind);
    return result as SendResult;
  }

  withdraw(callId: number): boolean {
    return this.#native.withdraw(callId);
  }

  setPending(calls: number): void {
    this.#shared[PENDING] = calls;
    // A connection in traffic is looked at anyway; a quiet one has to be told.
    if (this.#shared[QUIET] !== 0) this.#native.touch();
  }

  resume(): void {
    this.#native.resume();
  }

  close(detail = 'closed'): void {
    if (!this.open) return;
    this.#closing = true;
    this.#native.close(detail);
  }

  fail(detail: string): void {
    if (this.#inbox.closed) return;
    this.#closing = true;
    this.#inbox.listening = false;
    this.#native.fail(detail);
  }

  #blockingCall(
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    deadlineMs: number,
  ): SyncReply {
    const head = 1 | (flags << 8) | (method << 16);
    const source = this.#write(head, callId, aux, bytes, start, end);
    const result = this.#native.callSync(deadlineMs, source);
    const reply = this.#reply;
    reply.untaken = result === SYNC.untaken || result === SYNC.crowdedUnsent;
    if (result > 0) {
      const facts = this.#environment.syncResult;
      reply.outcome = result === SYNC.error ? 'error' : 'reply';
      reply.flags = facts[0]!;
      reply.aux = facts[1]!;
      reply.bytes = (facts[3]! & 1) === 1 ? this.#native.takeSyncLarge() : this.#environment.syncBytes;
      reply.start = 0;
      reply.end = facts[2]!;
      return reply;
    }
    if (result === SYNC.tooLarge) throw this.#tooLarge(end - start, Kind.request);
    reply.outcome = OUTCOMES[result] ?? 'closed';
    reply.bytes = NOTHING;
    reply.start = reply.end = reply.flags = reply.aux = 0;
    return reply;
  }

  /** Puts a message where the addon finds it. @returns the array it is in, unless the addon knows */
  #write(
    head: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Uint8Array | undefined {
    const shared = this.#shared;
    shared[HEAD] = head;
    shared[CALL_ID] = callId;
    shared[AUX] = aux;
    const empty = start === end;
    shared[START] = empty ? 0 : start;
    shared[END] = empty ? 0 : end;
    if (empty) return undefined;
    // A detached array has no length left, a resized one another: either must not be sent from unseen.
    const { length } = bytes;
    if (bytes === this.#source && length === this.#sourceLength) return undefined;
    this.#source = length <= MAX_KEPT_SOURCE ? bytes : undefined;
    this.#sourceLength = length;
    return bytes;
  }

  #tooLarge(size: number, kind: Kind): RangeError {
    if (isItem(kind) && size <= this.#maxMessageBytes) {
      return new RangeError(`a piece of ${size} bytes is above the ${this.maxPieceBytes} of one record`);
    }
    return new RangeError(`a message of ${size} bytes is above the agreed ${this.#maxMessageBytes}`);
  }
}
