import { attachmentsOf } from '../attach/attachments.js';
import type { Incoming } from '../attach/incoming.js';
import { decodeMetadata } from '../codec/metadata.js';
import { deadlineFromWire, monotonicMs } from '../context/clock.js';
import { passScopesOn } from '../context/scope.js';
import type { Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { channels } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import type { ProblemReports } from '../observe/problem-reports.js';
import { type Connection, Flag, type RemoteHello } from '../transport/transport.js';
import type { Admission, Admitted } from './admission.js';
import { type Callers, ServerCall } from './call.js';
import type { ServedDoor } from './door.js';
import type { Drain } from './drain.js';
import type { Execution } from './execution.js';
import { callCancelled, callOverdue } from './failure.js';
import { InputStreams } from './input-streams.js';
import type { MethodPlan } from './method-plan.js';
import { OnewayWindow } from './oneway-window.js';
import type { ServerLimits } from './options.js';
import { ParkedCalls } from './parked-calls.js';
import type { Replies, ReplyQuota } from './replies.js';
import type { RunningCalls } from './running-calls.js';
import { discardingInput, openInput } from './stream-call.js';

/** Deadlines travel rounded, and between clocks that are compared once. */
const SAME_MOMENT_MS = 1;

/** What dispatching takes from the server. */
export interface DispatchHost {
  readonly service: string;
  planOf(method: number): MethodPlan | undefined;
  /** Whether the other side has come for this service, and not for a built-in one. */
  agreesWith(remote: RemoteHello): boolean;
  readonly admission: Admission;
  readonly quota: ReplyQuota;
  readonly limits: Required<ServerLimits>;
  readonly logger: Logger;
  /** What clients can cause as often as they like, a few times of all: it must not fill the log. */
  readonly problems: ProblemReports;
  readonly counters: { calls: number };
}

/** What a dispatcher works with; one per connection. */
export interface DispatchParts {
  readonly connection: Connection;
  readonly running: RunningCalls;
  readonly replies: Replies;
  readonly execution: Execution;
  readonly drain: Drain;
  /** What calls the client back. */
  readonly callers: Callers;
}

/** A request for a door begins with its number. */
const DOOR_BYTES = 4;

interface FoundDoor {
  planOf(method: number, oneway: boolean): MethodPlan | undefined;
  /** Why there is no plan, if the door is the reason. */
  readonly refusal: RpcError | undefined;
}

/** Takes the calls of one connection: at once, later, or not at all, as its limits and the server's say. */
export class Dispatcher implements Admitted {
  inFlight = 0;
  hasTurn = false;
  waits: Admitted['waits'] = 'no';

  readonly #parked: ParkedCalls;
  readonly #window: OnewayWindow;
  readonly #inputs: InputStreams;
  /** The transport holds messages back until it is told to resume. */
  #held = false;
  #closed = false;

  constructor(
    private readonly host: DispatchHost,
    private readonly parts: DispatchParts,
  ) {
    this.#parked = new ParkedCalls(host.quota);
    this.#window = new OnewayWindow(parts.connection, host.limits.onewayWindow);
    this.#inputs = new InputStreams(host.limits.maxInFlightPerConnection);
  }

  /** A request has come. @returns false to have the transport keep it, and what follows it, for now */
  request(
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    const { replies, drain, running } = this.parts;
    if (replies.blocked) {
      this.host.admission.giveTurnBack(this);
      return this.#hold();
    }
    const found = (flags & Flag.door) === 0 ? undefined : this.#doorAt(bytes, start, end);
    const plan = found === undefined ? this.#planOf(method, false) : found.planOf(method, false);
    const payload = found === undefined ? start : start + DOOR_BYTES;
    if (drain.callsAreOver) {
      this.#leaveTurn();
      this.violated('called after its goaway');
    } else if (running.has(callId) || this.#inputs.has(callId)) {
      this.#leaveTurn();
      this.violated(`used the call id ${callId} twice at once`);
    } else if (plan === undefined) {
      this.#leaveTurn();
      this.#refuseUnknown(callId, flags, bytes, payload, end, found?.refusal ?? this.#unknown(method));
    } else if (plan.builtin) {
      this.#leaveTurn();
      this.#begin(plan, flags, callId, aux, bytes, payload, end, false);
    } else if (this.#parked.size === 0 && this.host.admission.enter(this)) {
      this.#begin(plan, flags, callId, aux, bytes, payload, end, false);
    } else {
      if (!this.#canPark(end - start)) return this.#hold();
      this.#begin(plan, flags, callId, aux, bytes, payload, end, true);
    }
    return true;
  }

  /** A one-way message has come. */
  oneway(flags: number, method: number, aux: number, bytes: Uint8Array, start: number, end: number): void {
    const credited = this.#window.take();
    const found = (flags & Flag.door) === 0 ? undefined : this.#doorAt(bytes, start, end);
    const plan = found === undefined ? this.#planOf(method, true) : found.planOf(method, true);
    const payload = found === undefined ? start : start + DOOR_BYTES;
    if (this.parts.drain.callsAreOver) {
      this.violated('called after its goaway');
    } else if (!credited) {
      this.violated('sent more one-way messages than it has credit for');
    } else if (plan !== undefined) {
      this.#begin(plan, flags, 0, aux, bytes, payload, end, false);
    } else {
      const { peer } = this.parts.connection;
      const err = found?.refusal ?? this.#unknown(method);
      this.host.problems.add(peer, 'a one-way call failed', err);
      this.#discardAttachments(flags, bytes, payload, end);
      this.#window.done();
    }
  }

  /** A piece of an item of an input stream has come. */
  input(callId: number, flags: number, items: number, bytes: Uint8Array, start: number, end: number): void {
    const violation = this.#inputs.receive(callId, flags, items, bytes, start, end);
    if (violation !== undefined) this.violated(violation);
  }

  /** An input stream is over. */
  inputEnd(callId: number): void {
    const violation = this.#inputs.end(callId);
    if (violation !== undefined) this.violated(violation);
  }

  /** The client reads on. */
  outputWindow(callId: number, bytes: number, items: number): void {
    // Otherwise the end of the stream is on its way already.
    const output = this.parts.running.find(callId)?.output;
    if (output !== undefined && !output.grant(bytes, items))
      this.violated('gave more credit for a stream than its window');
  }

  /** The client has given a call up. */
  cancel(callId: number): void {
    const call = this.parts.running.find(callId);
    // Otherwise the answer is on its way already.
    if (call === undefined) return;
    // Callers keep the deadline, too, and give up at the same moment.
    const overdue = call.deadlineMs <= monotonicMs() + SAME_MOMENT_MS;
    this.stop(call, overdue ? callOverdue() : callCancelled());
  }

  /** Answers a call whose handler still runs; what the handler returns later goes nowhere. */
  stop(call: ServerCall, reason: RpcError): void {
    this.parts.execution.refuse(call, reason);
    call.cancel(reason);
  }

  /** There is a place for the next call: one that is parked, or else one that the transport holds. */
  takeTurn(): void {
    // In a turn of the event loop of its own: the place may have been left in the midst of anything.
    setImmediate(() => this.#useTurn());
  }

  /** A call is over. */
  ended(call: ServerCall): void {
    call.plan.door?.callEnded();
    if (call.plan.oneway) {
      this.#window.done();
    } else if (call.parked !== undefined) {
      this.#parked.remove(call);
      this.release();
    } else if (call.admitted && !this.#closed) {
      this.host.admission.leave(this);
    }
  }

  /** Messages that were held back may come again. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.parts.connection.resume();
  }

  giveCredits(): void {
    this.#window.giveCredits();
  }

  /** The connection is gone: its places and what it keeps waiting are free. */
  close(): void {
    this.#closed = true;
    this.host.admission.remove(this);
    this.#parked.clear();
  }

  /** Ends the connection. It is logged when that has come about, as are violations that the transport finds. */
  violated(detail: string): void {
    this.parts.connection.fail(detail);
  }

  #begin(
    plan: MethodPlan,
    flags: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    park: boolean,
  ): void {
    const { connection, execution } = this.parts;
    const observed = channels.serverCall.hasSubscribers;
    const now = aux === 0 && !observed ? 0 : monotonicMs();
    const deadlineMs = deadlineFromWire(aux, now, connection.clockOffsetMs);
    let metadata: Metadata | undefined;
    let bodyStart = start;
    let incoming: Incoming | undefined;
    if ((flags & (Flag.metadata | Flag.attachments)) !== 0) {
      try {
        ({ metadata, bodyStart } = bodyBehindMetadata(flags, bytes, start, end));
        if ((flags & Flag.attachments) !== 0) {
          incoming = attachmentsOf(connection).open(bytes, bodyStart, end);
          ({ bodyStart } = incoming);
        }
      } catch (error) {
        this.#cannotOpen(plan, callId, park, error);
        return;
      }
    }
    const blocks = (flags & Flag.blocking) !== 0 && connection.remote.maxInFlight > 0;
    if (blocks) passScopesOn();
    const call = new ServerCall(
      plan,
      connection.peer,
      callId,
      deadlineMs,
      metadata,
      now,
      this.parts.callers,
      blocks,
    );
    call.incoming = incoming;
    this.host.counters.calls += 1;
    call.admitted = !park && !plan.builtin && !plan.oneway;
    if (plan.streamsInput && !this.#openInput(call)) return;
    plan.door?.callBegan();
    if ((flags & Flag.cancelFollows) !== 0) execution.refuse(call, callCancelled());
    else if (deadlineMs <= now) execution.refuse(call, callOverdue());
    else if (park) this.#park(call, bytes, bodyStart, end);
    else execution.start(call, bytes, bodyStart, end);
  }

  /** What a request brings with it cannot be taken: for want of room, or because it is damaged. */
  #cannotOpen(plan: MethodPlan, callId: number, park: boolean, thrown: unknown): void {
    const error = RpcError.from(thrown);
    if (error.code !== 'RESOURCE_EXHAUSTED') {
      this.violated(`sent damaged metadata or attachments: ${error.message}`);
      return;
    }
    // One that was to be kept has no place yet.
    if (!plan.builtin && !plan.oneway && !park) this.host.admission.leave(this);
    if (plan.oneway) this.#window.done();
    else this.#refuse(callId, error);
  }

  /** Refuses a request before there is a call. Its client may send a stream for it until it is told. */
  #refuse(callId: number, error: RpcError): void {
    const { connection, execution } = this.parts;
    this.#inputs.refuse(callId, discardingInput(execution, connection));
    execution.refuseUnknown(callId, error);
  }

  #openInput(call: ServerCall): boolean {
    const violation = this.#inputs.open(call.callId, openInput(this.parts.execution, call));
    if (violation !== undefined) this.violated(violation);
    return violation === undefined;
  }

  /** Whether a request may wait here. A client that keeps to its limit is always let in, up to a byte quota. */
  #canPark(bytes: number): boolean {
    const { maxInFlightPerConnection } = this.host.limits;
    if (this.waits === 'own-limit' || this.inFlight + this.#parked.size >= maxInFlightPerConnection)
      return false;
    return this.#parked.hasRoomFor(bytes);
  }

  /** Keeps a request until there is a place for it; cancel and deadline find it among the running calls. */
  #park(call: ServerCall, bytes: Uint8Array, start: number, end: number): void {
    this.#parked.add(call, bytes, start, end);
    this.parts.running.add(call);
  }

  #useTurn(): void {
    const { admission } = this.host;
    const call = this.#parked.first;
    if (call !== undefined && this.hasTurn && admission.enter(this)) {
      const bytes = this.#parked.remove(call);
      call.admitted = true;
      this.parts.execution.start(call, bytes, 0, bytes.length);
    } else if (!this.#held) {
      admission.giveTurnBack(this);
    }
    if (this.#parked.size > 0) admission.waitAgain(this);
    this.release();
  }

  /** Has the transport keep this message and what follows it. */
  #hold(): boolean {
    this.#held = true;
    return false;
  }

  /** A request that takes no place has come when there was one kept: others may need it. */
  #leaveTurn(): void {
    if (this.#parked.size === 0) this.host.admission.giveTurnBack(this);
  }

  /** The door that a payload begins with the number of. A number that never was one is a violation. */
  #doorAt(bytes: Uint8Array, start: number, end: number): FoundDoor {
    const { connection } = this.parts;
    const { doors } = attachmentsOf(connection);
    const id = end - start < DOOR_BYTES ? 0 : readNumber(bytes, start);
    const door = doors.find(id) as ServedDoor | undefined;
    if (door === undefined && !doors.wasGiven(id))
      this.violated(`called door ${id}, which it was never given`);
    if (door !== undefined && !door.revoked) {
      const planOf = (method: number, oneway: boolean) => {
        const plan = door.planOf(method);
        return plan?.oneway === oneway ? plan : undefined;
      };
      return { planOf, refusal: undefined };
    }
    const message = door === undefined ? 'the door is not held any more' : 'the door was revoked';
    return {
      planOf: () => undefined,
      refusal: new RpcError('FAILED_PRECONDITION', message, { origin: 'server' }),
    };
  }

  /** Refuses a request whose method there is not. */
  #refuseUnknown(
    callId: number,
    flags: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    error: RpcError,
  ): void {
    this.#discardAttachments(flags, bytes, start, end);
    this.#refuse(callId, error);
  }

  /** What came beside a message that nobody gets. That there is no room to open it here is no fault of the client's. */
  #discardAttachments(flags: number, bytes: Uint8Array, start: number, end: number): void {
    if ((flags & Flag.attachments) === 0) return;
    try {
      const { bodyStart } = bodyBehindMetadata(flags, bytes, start, end);
      attachmentsOf(this.parts.connection).open(bytes, bodyStart, end).discard();
    } catch (thrown) {
      const { code, message } = RpcError.from(thrown);
      if (code !== 'RESOURCE_EXHAUSTED') this.violated(`sent damaged metadata or attachments: ${message}`);
    }
  }

  #planOf(method: number, oneway: boolean): MethodPlan | undefined {
    const plan = this.host.planOf(method);
    if (plan === undefined || plan.oneway !== oneway) return undefined;
    // A connection that was made for a built-in service has not agreed on the contract.
    return plan.builtin || this.host.agreesWith(this.parts.connection.remote) ? plan : undefined;
  }

  #unknown(method: number): RpcError {
    return new RpcError('UNIMPLEMENTED', `${this.host.service} has no method with the number ${method}`);
  }
}

function readNumber(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function bodyBehindMetadata(
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly metadata: Metadata | undefined; readonly bodyStart: number } {
  return (flags & Flag.metadata) === 0
    ? { metadata: undefined, bodyStart: start }
    : decodeMetadata(bytes, start, end);
}
