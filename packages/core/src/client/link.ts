import { type Attached, attachmentsOf } from '../attach/attachments.js';
import type { OutgoingAttachment } from '../codec/attachments.js';
import type { Encoded, ServiceCodec } from '../codec/codec.js';
import { mentionDeadline } from '../context/deadlines.js';
import { RpcError } from '../errors/rpc-error.js';
import { Turns } from '../stream/turns.js';
import {
  type CloseInfo,
  type Connection,
  type ConnectionSink,
  Flag,
  Kind,
  SendResult,
  type SyncReply,
  type UntakenMessage,
} from '../transport/transport.js';
import type { Agreement } from './agreement.js';
import { discardAttachments, readError, readReply } from './answer.js';
import { builtinCodec } from './builtin-codec.js';
import { Departures } from './departures.js';
import { cutOff, notTaken, tooLarge } from './failures.js';
import { builtinNumber, type MethodPlan } from './method-plan.js';
import type { Carrier, PendingCall } from './pending-call.js';
import { MOST_SLOTS, SERVER_IDS, SlotTable } from './slot-table.js';
import type { StreamCall, StreamCarrier } from './stream-call.js';

/** Marks a slot whose caller has given up: the answer still comes, and goes nowhere. */
const ABANDONED = Symbol('abandoned');
/** Marks a slot of a blocking call, whose answer the transport hands over by itself. */
const BLOCKING = Symbol('blocking');
type Entry = PendingCall | typeof ABANDONED | typeof BLOCKING;

/** What a link tells the client it belongs to. */
export interface LinkOwner {
  /** A call may be sent that could not be before. */
  roomMade(): void;
  /** The server takes no new calls here. */
  linkDrains(link: Link): void;
  /** A call of a closed connection was certainly not taken. */
  retry(call: PendingCall, message: UntakenMessage, encoding: string): void;
  linkClosed(link: Link, info: CloseInfo): void;
  readonly counters: ClientCounters;
}

/** What a client counts. */
export interface ClientCounters {
  /** Answers that came when their caller had given up. */
  lateAnswers: number;
  /** One-way messages that were accepted for sending and certainly never taken by the server. */
  lostOneways: number;
  /** Calls that were sent a second time. */
  retries: number;
}

const NOTHING = new Uint8Array(0);
/** One-way messages have ids of their own range: large ones need an id while they travel in pieces. */
const ONEWAY_IDS = 0x80000000;
const MOST_ONEWAY_IDS = SERVER_IDS;
/** How often a draining link looks whether its last message has left. */
const FLUSH_POLL_MS = 5;

/** The client's side of one connection: its calls in flight, its limits, its end. */
export class Link implements ConnectionSink, Carrier, StreamCarrier {
  /** Input streams that wait for space. */
  readonly turns = new Turns();
  connection!: Connection;
  agreement!: Agreement;
  draining = false;
  /** Set when the connection has ended, or cannot send any more. */
  closed: CloseInfo | undefined = undefined;
  #sendable = true;
  /** The transport's queue is full. */
  #blocked = false;
  /** Calls in flight that somebody waits for. */
  #live = 0;
  #credits = 0;
  #onewayCount = 0;
  #maxInFlight = 0;
  maxItemBytes = 0;
  /** Calls whose server has to be told that the input is over. */
  #openInputs = 0;
  readonly #slots: SlotTable<Entry>;
  readonly #departures = new Departures();
  /** Ends what was made for this link. */
  atEnd: (() => void) | undefined = undefined;
  /** Whoever else sends calls here, and must know when one may be sent. */
  readonly followers = new Set<{ roomMade(): void }>();
  /** Takes what the other side calls, and what its calls consist of; undefined when nothing is served here. */
  reverse: ConnectionSink | undefined = undefined;

  /** @param idBase 0 for calls of a client, {@link SERVER_IDS} for calls that a server makes */
  constructor(
    private readonly owner: LinkOwner,
    readonly key: string,
    private readonly idBase: 0 | typeof SERVER_IDS = 0,
  ) {
    this.#slots = new SlotTable(idBase);
  }

  /** The connection is made. A goaway or the end may have come before. */
  attach(connection: Connection, agreement: Agreement, maxMessageBytes: number): void {
    const { remote } = connection;
    this.connection = connection;
    this.agreement = agreement;
    this.#credits = remote.onewayWindow;
    this.#maxInFlight = Math.min(remote.maxInFlight, MOST_SLOTS);
    this.maxItemBytes = Math.min(maxMessageBytes, remote.maxMessageBytes);
    if (this.draining) this.#answerGoaway();
  }

  /** Takes new calls, if not at this moment. */
  get usable(): boolean {
    return this.#sendable && !this.draining;
  }

  /** Calls that the server has yet to answer. */
  get inFlight(): number {
    return this.#slots.inUse;
  }

  /** Whether a call of this method can be sent now. */
  hasRoomFor(plan: MethodPlan): boolean {
    if (!this.#sendable || this.draining || this.#blocked) return false;
    return plan.oneway ? this.#credits > 0 : this.#slots.inUse < this.#maxInFlight;
  }

  /** Whether the server knows the method as this client does. */
  canCall(plan: MethodPlan): boolean {
    return plan.builtin || plan.door !== undefined || (this.agreement.numbers[plan.id] ?? -1) >= 0;
  }

  codecFor(plan: MethodPlan): ServiceCodec {
    return plan.builtin ? builtinCodec() : (plan.door?.codec ?? this.agreement.codec);
  }

  /**
   * Sends a call; a one-way call is over with that.
   * @returns false when it has to wait after all
   * @throws RpcError when it can never be sent.
   */
  send(call: PendingCall, flags: number, body: Encoded): boolean {
    const { plan } = call;
    const { bytes, start, end } = body;
    this.#checkSize(plan, end - start);
    return plan.oneway
      ? this.#sendOneway(call, flags, bytes, start, end)
      : this.#sendRequest(call, flags, bytes, start, end);
  }

  /** Sends a call and blocks the thread until its answer. `untaken` is told with a timeout, too. */
  sendBlocking(
    plan: MethodPlan,
    flags: number,
    body: Encoded,
    wireDeadline: number,
    deadlineMs: number,
  ): SyncReply | undefined {
    const { callSync } = this.connection;
    if (callSync === undefined) return undefined;
    const { bytes, start, end } = body;
    this.#checkSize(plan, end - start);
    const callId = this.#slots.take(BLOCKING);
    const number = this.#numberOf(plan);
    const reply = callSync.call(
      this.connection,
      flags | Flag.blocking,
      number,
      callId,
      wireDeadline,
      bytes,
      start,
      end,
      deadlineMs,
    );
    if (reply.outcome === 'closed') this.#sendable = false;
    if (reply.outcome !== 'timeout' || this.connection.withdraw(callId)) {
      this.#slots.release(callId);
      return reply.outcome === 'timeout' ? { ...reply, untaken: true } : reply;
    }
    this.#slots.replace(callId, ABANDONED);
    this.connection.send(Kind.cancel, 0, 0, callId, 0, NOTHING, 0, 0);
    return reply;
  }

  /** Puts what goes beside a message into a table before it. @throws RpcError when something of it cannot be sent. */
  attachTo(body: Encoded, attachments: readonly OutgoingAttachment[]): Attached {
    return attachmentsOf(this.connection).attach(attachments, body);
  }

  /** A call was sent with something beside it. */
  departs(call: PendingCall, attached: Attached): void {
    this.#departures.add(this.connection, call, attached);
  }

  /** A call's owner has given up. @returns whether the server has certainly not seen it */
  abandon(call: PendingCall, tellServer: boolean): boolean {
    const { callId } = call;
    this.#died();
    const inputOpen = call.plan.streamsInput && (call as StreamCall).inputOpen;
    if (this.connection.withdraw(callId)) {
      this.#departures.returned(call);
      if (inputOpen) {
        this.#openInputs -= 1;
        (call as StreamCall).dropInput();
      }
      this.#slots.release(callId);
      this.#roomMade();
      return true;
    }
    this.#departures.left(call);
    // A stream's input may be open still, and what comes of its output may bring something with it.
    if (!call.plan.streaming) this.#slots.replace(callId, ABANDONED);
    // A server that keeps the deadline by itself must not take the end of half an input for the end of all of it.
    if (tellServer || inputOpen) this.connection.send(Kind.cancel, 0, 0, callId, 0, NOTHING, 0, 0);
    if (inputOpen) (call as StreamCall).endInput();
    return false;
  }

  inputEnded(call: StreamCall): void {
    this.#openInputs -= 1;
    if (call.answered) this.#free(call.callId);
  }

  /** Visits the calls in flight that somebody waits for. */
  forEachCall(visit: (call: PendingCall) => void): void {
    this.#slots.forEach((entry) => {
      if (typeof entry === 'object' && !entry.settled) visit(entry);
    });
  }

  onMessage(
    kind: number,
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    switch (kind) {
      case Kind.reply:
      case Kind.error:
        this.#answered(kind, flags, callId, aux, bytes, start, end);
        break;
      case Kind.output:
        this.#output(callId, flags, method, bytes, start, end);
        break;
      case Kind.inputWindow:
        this.#inputWindow(callId, flags, aux, method);
        break;
      case Kind.doorRelease: {
        const violation = attachmentsOf(this.connection).doors.takeBack(callId, aux);
        if (violation !== undefined) this.#violated(violation);
        break;
      }
      case Kind.credit:
        this.#credits += aux;
        if (this.#credits > this.connection.remote.onewayWindow)
          this.#violated('gave more credit than its window');
        else this.#roomMade();
        break;
      case Kind.goaway:
        this.draining = true;
        // Before the connection is attached there is nobody to tell.
        if (this.connection === undefined) break;
        this.#answerGoaway();
        this.owner.linkDrains(this);
        break;
      default:
        if (this.reverse !== undefined)
          return this.reverse.onMessage(kind, flags, method, callId, aux, bytes, start, end);
        this.#violated(`sent a message of kind ${kind}`);
    }
    return true;
  }

  onWritable(): void {
    this.#blocked = false;
    this.#roomMade();
    this.turns.go();
    this.reverse?.onWritable();
  }

  onClose(info: CloseInfo): void {
    this.closed = info;
    this.#sendable = false;
    if (this.connection === undefined) return;
    attachmentsOf(this.connection).closed();
    const untaken = new Map<number, UntakenMessage>();
    for (const message of info.frozen ? info.untaken : []) {
      if (message.kind === Kind.request) untaken.set(message.callId, message);
      else if (message.kind === Kind.oneway) this.owner.counters.lostOneways += 1;
    }
    this.#slots.forEach((entry, callId) => {
      this.#slots.release(callId);
      if (typeof entry !== 'object') return;
      if (entry.plan.streamsInput) (entry as StreamCall).dropInput();
      if (entry.settled) return;
      const message = untaken.get(callId);
      if (message === undefined) this.#departures.left(entry);
      else this.#departures.returned(entry);
      if (message === undefined) entry.fail(cutOff(entry.plan, this.key, info.detail));
      else {
        const bound = boundTo(entry.plan, message);
        if (bound !== undefined) entry.fail(notTaken(entry.plan, bound));
        else this.owner.retry(entry, message, this.agreement.encoding);
      }
    });
    this.owner.linkClosed(this, info);
    for (const follower of this.followers) follower.roomMade();
    this.atEnd?.();
    this.reverse?.onClose(info);
  }

  #sendRequest(call: PendingCall, flags: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { connection } = this;
    const callId = this.#slots.take(call);
    this.#live += 1;
    if (this.#live === 1) connection.setPending(1);
    const number = this.#numberOf(call.plan);
    const result = connection.send(Kind.request, flags, number, callId, call.wireDeadline, bytes, start, end);
    if (result === SendResult.accepted) {
      call.carrier = this;
      call.callId = callId;
      mentionDeadline(call.deadlineMs);
      if (call.plan.streaming) this.#sent(call as StreamCall);
      return true;
    }
    this.#slots.release(callId);
    this.#died();
    this.#refused(result);
    return false;
  }

  #sendOneway(call: PendingCall, flags: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.#onewayCount = (this.#onewayCount + 1) % MOST_ONEWAY_IDS;
    const id = ONEWAY_IDS + this.idBase + this.#onewayCount;
    const number = this.#numberOf(call.plan);
    const result = this.connection.send(Kind.oneway, flags, number, id, call.wireDeadline, bytes, start, end);
    if (result !== SendResult.accepted) {
      this.#refused(result);
      return false;
    }
    this.#credits -= 1;
    call.succeed(undefined);
    return true;
  }

  #refused(result: SendResult): void {
    if (result === SendResult.full) this.#blocked = true;
    else this.#sendable = false;
  }

  #answered(
    kind: number,
    flags: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const entry = this.#openInputs > 0 ? this.#answeredEntry(callId) : this.#slots.release(callId);
    if (entry === undefined || entry === BLOCKING) {
      this.#violated(`answered call ${callId}, which is not open`);
      return;
    }
    if (typeof entry === 'object') this.#departures.left(entry);
    if (entry === ABANDONED || entry.settled) {
      this.owner.counters.lateAnswers += 1;
      if ((flags & Flag.attachments) !== 0) this.#discard(flags, bytes, start, end);
    } else {
      this.#died();
      const { plan } = entry;
      const codec = this.codecFor(plan);
      if (kind === Kind.reply && plan.streamsOutput && (entry as StreamCall).inItem) {
        const violation = 'ended a stream in the midst of an item';
        // It has left the table: nobody else tells its caller.
        entry.fail(cutOff(plan, this.key, violation));
        this.#violated(violation);
      } else if (kind === Kind.reply) settle(entry, this, flags, bytes, start, end);
      else entry.fail(readError(plan, codec, entry, flags, aux, bytes, start, end));
    }
    if (typeof entry === 'object' && entry.plan.streamsInput) (entry as StreamCall).endInput();
    this.#roomMade();
  }

  /** Who waits for an answer that has come. The id stays in use until the server knows that the input is over. */
  #answeredEntry(callId: number): Entry | undefined {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsInput || !(entry as StreamCall).inputOpen)
      return this.#slots.release(callId);
    // A second answer.
    if ((entry as StreamCall).answered) return undefined;
    (entry as StreamCall).answered = true;
    return entry;
  }

  #sent(call: StreamCall): void {
    if (call.plan.streamsInput) this.#openInputs += 1;
    call.sentOn(this);
  }

  #free(callId: number): void {
    this.#slots.release(callId);
    this.#roomMade();
  }

  /** What came beside a message that nobody gets. That there is no room to open it here is no fault of the server's. */
  #discard(flags: number, bytes: Uint8Array, start: number, end: number): void {
    try {
      discardAttachments(this.connection, flags, bytes, start, end);
    } catch (thrown) {
      const { code, message } = RpcError.from(thrown);
      if (code !== 'RESOURCE_EXHAUSTED') this.#violated(`sent damaged attachments: ${message}`);
    }
  }

  #output(callId: number, flags: number, items: number, bytes: Uint8Array, start: number, end: number): void {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsOutput || (entry as StreamCall).answered) {
      this.#violated(`sent an item for call ${callId}, which has no open output`);
    } else {
      const violation = (entry as StreamCall).receive(flags, items, bytes, start, end);
      if (violation !== undefined) this.#violated(violation);
    }
  }

  #inputWindow(callId: number, flags: number, bytes: number, items: number): void {
    const entry = this.#slots.find(callId);
    if (typeof entry !== 'object' || !entry.plan.streamsInput) {
      this.#violated(`gave credit to call ${callId}, which has no input stream`);
    } else if ((flags & Flag.stop) !== 0) {
      (entry as StreamCall).endInput();
    } else if (!entry.settled) {
      const violation = (entry as StreamCall).grant(bytes, items);
      if (violation !== undefined) this.#violated(violation);
    }
  }

  #roomMade(): void {
    this.owner.roomMade();
    if (this.followers.size > 0) for (const follower of this.followers) follower.roomMade();
  }

  /** One call less that somebody waits for. */
  #died(): void {
    this.#live -= 1;
    if (this.#live === 0) this.connection.setPending(0);
  }

  /** Says that no more calls come, once everything that was sent has left: large calls may still be on their way. */
  #answerGoaway(): void {
    if (!this.#sendable) return;
    if (this.connection.queuedMessages > 0) {
      setTimeout(() => this.#answerGoaway(), FLUSH_POLL_MS);
      return;
    }
    this.connection.send(Kind.goaway, 0, 0, 0, 0, NOTHING, 0, 0);
  }

  #numberOf(plan: MethodPlan): number {
    if (plan.door !== undefined) return plan.id;
    return plan.builtin ? builtinNumber(plan) : (this.agreement.numbers[plan.id] as number);
  }

  #checkSize(plan: MethodPlan, bytes: number): void {
    if (bytes <= this.maxItemBytes) return;
    throw tooLarge(plan, bytes, this.maxItemBytes);
  }

  #violated(detail: string): void {
    this.#sendable = false;
    this.connection.fail(detail);
  }
}

function settle(
  call: PendingCall,
  link: Link,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let value: unknown;
  try {
    value = readReply(call.plan, link, call, flags, bytes, start, end);
  } catch (error) {
    call.fail(RpcError.from(error));
    return;
  }
  call.succeed(value);
}

/** Why an untaken request cannot go to another server, if that is so. */
function boundTo(plan: MethodPlan, { flags }: UntakenMessage): string | undefined {
  if (plan.streamsInput) return 'and its input, which has begun, cannot be sent again';
  if ((flags & Flag.door) !== 0) return 'and its door was there';
  // The numbers in its table are those of the connection that has ended.
  if ((flags & Flag.attachments) !== 0) return 'and what travels beside it cannot be sent again';
  return undefined;
}
