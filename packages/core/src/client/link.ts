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
import { type Agreement, wireNumber } from './agreement.js';
import { discardAttachments, readError } from './answer.js';
import { builtinCodec } from './builtin-codec.js';
import type { ClientCounters } from './counters.js';
import { Departures } from './departures.js';
import { cutOff, notTaken, tooLarge } from './failures.js';
import { ABANDONED, BLOCKING, Flights } from './flights.js';
import { answerGoaway } from './goaway.js';
import type { MethodPlan } from './method-plan.js';
import type { Carrier, PendingCall } from './pending-call.js';
import { settle } from './settle.js';
import { MOST_SLOTS, SERVER_IDS } from './slot-table.js';
import type { StreamCall, StreamCarrier } from './stream-call.js';
import { boundTo, untakenOf } from './untaken.js';

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

const NOTHING = new Uint8Array(0);
/** One-way messages have ids of their own range: large ones need an id while they travel in pieces. */
const ONEWAY_IDS = 0x80000000;
const MOST_ONEWAY_IDS = SERVER_IDS;

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
  blocked = false;
  #credits = 0;
  #onewayCount = 0;
  /** Calls that the server takes at once. */
  maxInFlight = 0;
  maxItemBytes = 0;
  readonly #flights: Flights;
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
    this.#flights = new Flights(idBase);
  }

  /** The connection is made. A goaway or the end may have come before. */
  attach(connection: Connection, agreement: Agreement, maxMessageBytes: number): void {
    const { remote } = connection;
    this.connection = this.#flights.connection = connection;
    this.agreement = agreement;
    this.#credits = remote.onewayWindow;
    this.maxInFlight = Math.min(remote.maxInFlight, MOST_SLOTS);
    this.maxItemBytes = Math.min(maxMessageBytes, remote.maxMessageBytes);
    if (this.draining) this.#answerGoaway();
  }

  /** Takes new calls, if not at this moment. */
  get usable(): boolean {
    return this.#sendable && !this.draining;
  }

  /** Calls that the server has yet to answer. */
  get inFlight(): number {
    return this.#flights.inUse;
  }

  /** Whether a call of this method can be sent now. */
  hasRoomFor(plan: MethodPlan): boolean {
    if (!this.#sendable || this.draining || this.blocked) return false;
    return plan.oneway ? this.#credits > 0 : this.#flights.inUse < this.maxInFlight;
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

  /** Sends a call and blocks the thread until its answer. `untaken` is told of those that were given up, too. */
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
    const callId = this.#flights.beginBlocking();
    const number = wireNumber(this.agreement, plan);
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
    const givenUp = reply.outcome === 'timeout' || reply.outcome === 'crowded';
    if (!givenUp || reply.untaken || this.connection.withdraw(callId)) {
      this.#flights.release(callId);
      return givenUp ? { ...reply, untaken: true } : reply;
    }
    this.#flights.abandon(callId);
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
    this.#flights.died();
    const inputOpen = call.plan.streamsInput && (call as StreamCall).inputOpen;
    if (this.connection.withdraw(callId)) {
      this.#departures.returned(call);
      if (inputOpen) {
        this.#flights.inputClosed();
        (call as StreamCall).dropInput();
      }
      this.#flights.release(callId);
      this.#roomMade();
      return true;
    }
    this.#departures.left(call);
    // A stream's input may be open still, and what comes of its output may bring something with it.
    if (!call.plan.streaming) this.#flights.abandon(callId);
    // A server that keeps the deadline by itself must not take the end of half an input for the end of all of it.
    if (tellServer || inputOpen) this.connection.send(Kind.cancel, 0, 0, callId, 0, NOTHING, 0, 0);
    if (inputOpen) (call as StreamCall).endInput();
    return false;
  }

  inputEnded(call: StreamCall): void {
    this.#flights.inputClosed();
    if (!call.answered) return;
    this.#flights.release(call.callId);
    this.#roomMade();
  }

  /** Visits the calls in flight that somebody waits for. */
  forEachCall(visit: (call: PendingCall) => void): void {
    this.#flights.forEachCall(visit);
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
        this.#check(this.#flights.receive(callId, flags, method, bytes, start, end));
        break;
      case Kind.inputWindow:
        this.#check(this.#flights.window(callId, flags, aux, method));
        break;
      case Kind.doorRelease:
        this.#check(attachmentsOf(this.connection).doors.takeBack(callId, aux));
        break;
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
    this.blocked = false;
    this.#roomMade();
    this.turns.go();
    this.reverse?.onWritable();
  }

  onClose(info: CloseInfo): void {
    this.closed = info;
    this.#sendable = false;
    if (this.connection === undefined) return;
    attachmentsOf(this.connection).closed();
    const untaken = untakenOf(info);
    this.owner.counters.lostOneways += untaken.oneways;
    this.#flights.endAll((entry, callId) => {
      if (entry.plan.streamsInput) (entry as StreamCall).dropInput();
      if (entry.settled) return;
      const message = untaken.requests.get(callId);
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
    const callId = this.#flights.begin(call);
    const number = wireNumber(this.agreement, call.plan);
    const result = connection.send(Kind.request, flags, number, callId, call.wireDeadline, bytes, start, end);
    if (result === SendResult.accepted) {
      call.carrier = this;
      call.callId = callId;
      mentionDeadline(call.deadlineMs);
      if (call.plan.streamsInput) this.#flights.inputOpened();
      if (call.plan.streaming) (call as StreamCall).sentOn(this);
      return true;
    }
    this.#flights.release(callId);
    this.#flights.died();
    this.#refused(result);
    return false;
  }

  #sendOneway(call: PendingCall, flags: number, bytes: Uint8Array, start: number, end: number): boolean {
    this.#onewayCount = (this.#onewayCount + 1) % MOST_ONEWAY_IDS;
    const id = ONEWAY_IDS + this.idBase + this.#onewayCount;
    const number = wireNumber(this.agreement, call.plan);
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
    if (result === SendResult.full) this.blocked = true;
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
    const entry = this.#flights.answered(callId);
    if (entry === undefined || entry === BLOCKING) {
      this.#violated(`answered call ${callId}, which is not open`);
      return;
    }
    if (typeof entry === 'object') this.#departures.left(entry);
    if (entry === ABANDONED || entry.settled) {
      this.owner.counters.lateAnswers += 1;
      if ((flags & Flag.attachments) !== 0) this.#discard(flags, bytes, start, end);
    } else {
      this.#flights.died();
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

  /** What came beside a message that nobody gets. That there is no room to open it here is no fault of the server's. */
  #discard(flags: number, bytes: Uint8Array, start: number, end: number): void {
    try {
      discardAttachments(this.connection, flags, bytes, start, end);
    } catch (thrown) {
      const { code, message } = RpcError.from(thrown);
      if (code !== 'RESOURCE_EXHAUSTED') this.#violated(`sent damaged attachments: ${message}`);
    }
  }

  #answerGoaway(): void {
    answerGoaway(this.connection, () => this.#sendable);
  }

  #roomMade(): void {
    this.owner.roomMade();
    if (this.followers.size > 0) for (const follower of this.followers) follower.roomMade();
  }

  #checkSize(plan: MethodPlan, bytes: number): void {
    if (bytes <= this.maxItemBytes) return;
    throw tooLarge(plan, bytes, this.maxItemBytes);
  }

  /** @param violation what the other side did wrong, if anything */
  #check(violation: string | undefined): void {
    if (violation !== undefined) this.#violated(violation);
  }

  #violated(detail: string): void {
    this.#sendable = false;
    this.connection.fail(detail);
  }
}
