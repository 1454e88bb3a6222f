import {
  type CloseInfo,
  type Connection,
  type ConnectionSink,
  Flag,
  isItem,
  Kind,
  type Peer,
  type RemoteHello,
  SendResult,
  type UntakenMessage,
} from '../transport.js';
import { MemoryArena } from './arena.js';
import { Lane, type LaneLimits, type Message } from './lane.js';

/** Longest delay of a timer: an interval that only keeps the process alive. */
const NEVER_MS = 2 ** 31 - 1;

/** What one end is told, and the bounds of what it sends. */
export interface Side {
  readonly peer: Peer;
  readonly remote: RemoteHello;
  readonly maxMessageBytes: number;
  readonly limits: LaneLimits;
}

/** One end of a connection within a process. */
export class MemoryConnection implements Connection {
  readonly peer: Peer;
  readonly remote: RemoteHello;
  readonly clockOffsetMs = 0;
  /** Both ends live on one thread: blocking for the other would block it, too. */
  readonly callSync = undefined;
  /** A number handed over within one process would be two owners' of one descriptor. */
  readonly descriptors = undefined;
  readonly arena: MemoryArena;

  readonly #maxMessageBytes: number;
  readonly #outgoing: Lane;
  #other!: MemoryConnection;
  #sink: ConnectionSink | undefined;
  #open = true;
  /** Complete messages that the sink has not taken. */
  #inbox: Message[] = [];
  #held = false;
  #scheduled = false;
  #ending: CloseInfo | undefined;
  #ended = false;
  #keepAlive: NodeJS.Timeout | undefined;

  private constructor(side: Side) {
    this.peer = side.peer;
    this.remote = side.remote;
    this.#maxMessageBytes = side.maxMessageBytes;
    this.arena = new MemoryArena(this, side.remote.maxBlobBytes);
    this.#outgoing = new Lane(
      side.limits,
      () => this.#other.#schedule(),
      () => this.roomMade(),
    );
  }

  /** Two connected ends. */
  static pair(first: Side, second: Side): [MemoryConnection, MemoryConnection] {
    const ends: [MemoryConnection, MemoryConnection] = [
      new MemoryConnection(first),
      new MemoryConnection(second),
    ];
    ends[0].#other = ends[1];
    ends[1].#other = ends[0];
    ends[0].arena.other = ends[1].arena;
    ends[1].arena.other = ends[0].arena;
    return ends;
  }

  /** Messages flow from now on. */
  start(sink: ConnectionSink): void {
    this.#sink = sink;
    this.#schedule();
  }

  get open(): boolean {
    return this.#open;
  }

  get queuedMessages(): number {
    return this.#outgoing.queuedMessages;
  }

  get maxPieceBytes(): number {
    return Math.min(this.#outgoing.pieceBytes, this.#maxMessageBytes);
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
    const most = isItem(kind) ? this.maxPieceBytes : this.#maxMessageBytes;
    if (end - start > most) throw new RangeError(`a message of ${end - start} bytes is above ${most}`);
    if (!this.#open) return SendResult.closed;
    return this.#outgoing.push({
      kind,
      flags,
      method,
      callId,
      aux,
      bytes: new Uint8Array(bytes.subarray(start, end)),
    });
  }

  withdraw(callId: number): boolean {
    return this.#open && this.#outgoing.withdraw(callId, Kind.request);
  }

  setPending(calls: number): void {
    if (calls > 0 && this.#open) {
      this.#keepAlive ??= setInterval(() => {}, NEVER_MS);
      this.#keepAlive.ref();
    } else {
      this.#keepAlive?.unref();
    }
  }

  resume(): void {
    this.#held = false;
    this.#schedule();
  }

  roomMade(): void {
    setImmediate(() => this.#open && this.#sink?.onWritable());
  }

  close(detail = 'closed'): void {
    this.#end('local', detail, this.#open ? this.#outgoing.takeAll() : []);
  }

  fail(detail: string): void {
    this.#end('protocol-error', detail, []);
  }

  /** Ends both sides: this one hears `reason`, the other gets `rest` and then hears of a remote close. */
  #end(reason: CloseInfo['reason'], detail: string, rest: readonly Message[]): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbox = [];
    this.#held = false;
    this.#ending = { reason, detail, frozen: false, untaken: [] };
    this.#schedule();
    this.#other.#peerEnded(detail, rest);
  }

  #peerEnded(detail: string, rest: readonly Message[]): void {
    if (!this.#open) return;
    this.#open = false;
    this.#inbox.push(...rest);
    // The other end takes nothing any more, so what it has not taken is certain.
    const untaken: UntakenMessage[] = this.#outgoing.takeAll();
    this.#ending = { reason: 'remote', detail, frozen: true, untaken };
    if (this.#held) {
      this.#held = false;
      this.#inbox = [];
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#sink === undefined || this.#ended) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliver(this.#sink as ConnectionSink);
    });
  }

  #deliver(sink: ConnectionSink): void {
    if (this.#held) return;
    if (this.#open) this.#inbox.push(...this.#other.#outgoing.take());
    markCancelled(this.#inbox);
    while (this.#inbox.length > 0) {
      const { kind, flags, method, callId, aux, bytes } = this.#inbox[0] as Message;
      if (!sink.onMessage(kind, flags, method, callId, aux, bytes, 0, bytes.length)) {
        this.#held = true;
        return;
      }
      this.#inbox.shift();
    }
    if (this.#ending === undefined || this.#ended) return;
    this.#ended = true;
    if (this.#keepAlive !== undefined) clearInterval(this.#keepAlive);
    sink.onClose(this.#ending);
  }
}

/** Tells requests whose cancel is already here. */
function markCancelled(batch: readonly Message[]): void {
  for (const { kind, callId } of batch) {
    if (kind !== Kind.cancel) continue;
    const request = batch.find((message) => message.kind === Kind.request && message.callId === callId);
    if (request !== undefined) request.flags |= Flag.cancelFollows;
  }
}
