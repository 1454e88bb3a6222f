import type { ServiceCodec } from '../codec/codec.js';
import { decodeMetadata } from '../codec/metadata.js';
import { deadlineFromWire, monotonicMs } from '../context/clock.js';
import type { Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { debug } from '../observe/debug.js';
import { type ConnectionEvent, channels } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import type { ProblemReports } from '../observe/problem-reports.js';
import {
  type CloseInfo,
  type Connection,
  type ConnectionSink,
  Flag,
  Kind,
  SendResult,
} from '../transport/transport.js';
import type { Admission, Admitted } from './admission.js';
import { ServerCall } from './call.js';
import { Execution } from './execution.js';
import type { MethodPlan } from './method-plan.js';
import type { ServerLimits } from './options.js';
import { Replies, type ReplyQuota } from './replies.js';
import { RunningCalls } from './running-calls.js';

/** What all sessions of a server share. */
export interface SessionHost {
  readonly service: string;
  readonly fingerprint: string;
  /** Where the server listens. */
  readonly address: string;
  planOf(method: number): MethodPlan | undefined;
  /** @param named for clients whose contract differs */
  codecFor(named: boolean): ServiceCodec;
  readonly builtinCodec: ServiceCodec;
  readonly admission: Admission;
  readonly quota: ReplyQuota;
  readonly limits: Required<ServerLimits>;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
  readonly counters: { calls: number };
  /** Connections that ended because their client broke the protocol. */
  readonly violations: ProblemReports;
  /** The connection is closed and nothing runs for it any more. */
  sessionEnded(session: Session): void;
}

const NOTHING = new Uint8Array(0);
/** How often a drained session looks whether its last message has left. */
const FLUSH_POLL_MS = 5;

/** The server's side of one connection: takes its messages, keeps its limits, drains and closes it. */
export class Session implements ConnectionSink, Admitted {
  inFlight = 0;
  hasTurn = false;
  waits: Admitted['waits'] = 'no';

  readonly #running = new RunningCalls();
  readonly #replies: Replies;
  readonly #execution: Execution;
  /** One-way messages received, minus credits given back. */
  #onewayOutstanding = 0;
  #creditsOwed = 0;
  readonly #creditBatch: number;
  /** Requests that wait for a place, oldest first. They are among the running calls, too. */
  readonly #parked = new Set<ServerCall>();
  #parkedBytes = 0;
  /** The transport holds messages back until it is told to resume. */
  #held = false;
  #goingAway = false;
  /** The client has said that it makes no more calls here. */
  #callsAreOver = false;
  #closed = false;
  /** A timer runs: the last messages are leaving. */
  #looksAgain = false;

  constructor(
    private readonly host: SessionHost,
    readonly connection: Connection,
  ) {
    const { remote } = connection;
    this.#replies = new Replies(connection, host.quota);
    this.#creditBatch = Math.max(1, host.limits.onewayWindow >> 2);
    this.#execution = new Execution({
      codec: host.codecFor(remote.fingerprint !== host.fingerprint),
      builtinCodec: host.builtinCodec,
      running: this.#running,
      replies: this.#replies,
      maxMessageBytes: Math.min(host.maxMessageBytes, remote.maxMessageBytes),
      logger: host.logger,
      ended: (call) => this.#ended(call),
      unusable: (detail) => connection.fail(detail),
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
      case Kind.request:
        return this.#request(flags, method, callId, aux, bytes, start, end);
      case Kind.oneway:
        this.#oneway(flags, method, aux, bytes, start, end);
        return true;
      case Kind.cancel:
        this.#cancel(callId);
        return true;
      case Kind.goaway:
        this.#callsAreOver = true;
        this.#closeIfDrained();
        return true;
      default:
        this.#violated(`sent a message of kind ${kind}`);
        return true;
    }
  }

  onWritable(): void {
    if (this.#replies.flush()) this.#release();
    this.#giveCredits();
    this.#closeIfDrained();
  }

  onClose(info: CloseInfo): void {
    this.#closed = true;
    this.#replies.drop();
    this.host.admission.remove(this);
    this.#publish('closed', info.detail);
    if (info.reason === 'protocol-error') this.host.violations.add(this.connection.peer, info.detail);
    debug('%s: connection of pid %d closed: %s', this.host.service, this.connection.peer.pid, info.detail);
    const gone = new RpcError('CANCELLED', `the caller is gone: ${info.detail}`, { origin: 'transport' });
    const calls = this.#running.takeUnary();
    for (const call of calls) call.ended = true;
    for (const call of this.#parked) this.#unpark(call);
    for (const call of calls) call.cancel(gone);
    // One-way calls were accepted for good: that their sender has left is no reason to stop them.
    if (this.#running.oneway === 0) this.host.sessionEnded(this);
  }

  /** There is a place for the next call: one that is parked, or else one that the transport holds. */
  takeTurn(): void {
    // In a turn of the event loop of its own: the place may have been left in the midst of anything.
    setImmediate(() => this.#useTurn());
  }

  opened(): void {
    this.#publish('open');
  }

  /** Asks the client to make no more calls here; closes when those it has made are done. */
  goAway(): void {
    if (this.#closed || this.#goingAway) return;
    this.#goingAway = true;
    this.#publish('draining');
    this.connection.send(Kind.goaway, 0, 0, 0, 0, NOTHING, 0, 0);
    this.#closeIfDrained();
  }

  /** Ends whatever runs, and the connection. */
  abort(reason: RpcError, detail: string): void {
    for (const call of this.#running.all()) {
      this.#execution.refuse(call, reason);
      call.cancel(reason);
    }
    this.connection.close(detail);
  }

  /** Ends calls that are due. @returns the earliest deadline that is left */
  expire(nowMs: number): number {
    return this.#running.expire(nowMs, (call) => this.#stop(call, overdue()));
  }

  #request(
    flags: number,
    method: number,
    callId: number,
    aux: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.#replies.blocked) {
      this.host.admission.giveTurnBack(this);
      return this.#hold();
    }
    const plan = this.#planOf(method, 'unary');
    if (this.#callsAreOver) {
      this.#leaveTurn();
      this.#violated('called after its goaway');
    } else if (this.#running.has(callId)) {
      this.#leaveTurn();
      this.#violated(`used the call id ${callId} twice at once`);
    } else if (plan === undefined) {
      this.#leaveTurn();
      this.#execution.refuseUnknown(callId, this.#unknown(method));
    } else if (plan.builtin) {
      this.#leaveTurn();
      this.#begin(plan, flags, callId, aux, bytes, start, end, false);
    } else if (this.#parked.size === 0 && this.host.admission.enter(this)) {
      this.#begin(plan, flags, callId, aux, bytes, start, end, false);
    } else {
      if (!this.#canPark(end - start)) return this.#hold();
      this.#begin(plan, flags, callId, aux, bytes, start, end, true);
    }
    return true;
  }

  #oneway(flags: number, method: number, aux: number, bytes: Uint8Array, start: number, end: number): void {
    this.#onewayOutstanding += 1;
    const plan = this.#planOf(method, 'oneway');
    if (this.#callsAreOver) {
      this.#violated('called after its goaway');
    } else if (this.#onewayOutstanding > this.host.limits.onewayWindow) {
      this.#violated('sent more one-way messages than it has credit for');
    } else if (plan !== undefined) {
      this.#begin(plan, flags, 0, aux, bytes, start, end, false);
    } else {
      this.host.logger.warn(
        { peer: this.connection.peer, err: this.#unknown(method) },
        'a one-way call failed',
      );
      this.#oweCredit();
    }
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
    const { connection, host } = this;
    const observed = channels.serverCall.hasSubscribers;
    const now = aux === 0 && !observed ? 0 : monotonicMs();
    const deadlineMs = deadlineFromWire(aux, now, connection.clockOffsetMs);
    let metadata: Metadata | undefined;
    let bodyStart = start;
    if ((flags & Flag.metadata) !== 0) {
      try {
        ({ metadata, bodyStart } = decodeMetadata(bytes, start, end));
      } catch (error) {
        this.#violated(`sent damaged metadata: ${RpcError.from(error).message}`);
        return;
      }
    }
    const call = new ServerCall(plan, connection.peer, callId, deadlineMs, metadata, now);
    host.counters.calls += 1;
    call.admitted = !park && !plan.builtin && plan.definition.kind === 'unary';
    if ((flags & Flag.cancelFollows) !== 0) this.#execution.refuse(call, cancelled());
    else if (deadlineMs <= now) this.#execution.refuse(call, overdue());
    else if (park) this.#park(call, bytes, bodyStart, end);
    else this.#execution.start(call, bytes, bodyStart, end);
  }

  /** Whether a request may wait here. A client that keeps to its limit is always let in, up to a byte quota. */
  #canPark(bytes: number): boolean {
    const { limits, quota } = this.host;
    if (this.waits === 'own-limit' || this.inFlight + this.#parked.size >= limits.maxInFlightPerConnection)
      return false;
    const over = this.#parkedBytes + bytes > quota.perConnection || quota.used + bytes > quota.inAll;
    return !over || this.#parked.size === 0;
  }

  /** Keeps a request until there is a place for it; cancel and deadline find it among the running calls. */
  #park(call: ServerCall, bytes: Uint8Array, start: number, end: number): void {
    call.parked = new Uint8Array(bytes.subarray(start, end));
    this.#parked.add(call);
    this.#running.add(call);
    this.#accountParked(call.parked.length);
  }

  #unpark(call: ServerCall): Uint8Array {
    const bytes = call.parked ?? NOTHING;
    this.#parked.delete(call);
    call.parked = undefined;
    this.#accountParked(-bytes.length);
    return bytes;
  }

  #accountParked(bytes: number): void {
    this.#parkedBytes += bytes;
    this.host.quota.used += bytes;
  }

  #useTurn(): void {
    const { admission } = this.host;
    const [call] = this.#parked;
    if (call !== undefined && this.hasTurn && admission.enter(this)) {
      const bytes = this.#unpark(call);
      call.admitted = true;
      this.#execution.start(call, bytes, 0, bytes.length);
    } else if (!this.#held) {
      admission.giveTurnBack(this);
    }
    if (this.#parked.size > 0) admission.waitAgain(this);
    this.#release();
  }

  /** Has the transport keep this message and what follows it. */
  #hold(): boolean {
    this.#held = true;
    return false;
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.connection.resume();
  }

  #cancel(callId: number): void {
    const call = this.#running.find(callId);
    // Otherwise the answer is on its way already.
    if (call !== undefined) this.#stop(call, cancelled());
  }

  /** Answers a call whose handler still runs; what the handler returns later goes nowhere. */
  #stop(call: ServerCall, reason: RpcError): void {
    this.#execution.refuse(call, reason);
    call.cancel(reason);
  }

  #ended(call: ServerCall): void {
    if (call.plan.definition.kind === 'oneway') {
      this.#oweCredit();
    } else if (call.parked !== undefined) {
      this.#unpark(call);
      this.#release();
    } else if (call.admitted && !this.#closed) {
      this.host.admission.leave(this);
    }
    if (this.#goingAway) this.#closeIfDrained();
    if (this.#closed && this.#running.oneway === 0) this.host.sessionEnded(this);
  }

  #oweCredit(): void {
    this.#creditsOwed += 1;
    if (this.#creditsOwed >= this.#creditBatch) this.#giveCredits();
  }

  #giveCredits(): void {
    const credits = this.#creditsOwed;
    if (credits === 0) return;
    if (this.connection.send(Kind.credit, 0, 0, 0, credits, NOTHING, 0, 0) !== SendResult.accepted) return;
    this.#onewayOutstanding -= credits;
    this.#creditsOwed = 0;
  }

  #closeIfDrained(): void {
    if (!this.#goingAway || !this.#callsAreOver || this.#closed) return;
    const busy = this.inFlight + this.#running.unary + this.#running.oneway > 0 || this.#replies.blocked;
    if (busy || this.#looksAgain) return;
    if (this.connection.queuedMessages === 0) {
      this.connection.close('the server has drained');
      return;
    }
    // Closing would leave the last answers little time, however large they are and however slowly they are read.
    this.#looksAgain = true;
    setTimeout(() => {
      this.#looksAgain = false;
      this.#closeIfDrained();
    }, FLUSH_POLL_MS);
  }

  /** A request that takes no place has come when there was one kept: others may need it. */
  #leaveTurn(): void {
    if (this.#parked.size === 0) this.host.admission.giveTurnBack(this);
  }

  #planOf(method: number, kind: 'unary' | 'oneway'): MethodPlan | undefined {
    const plan = this.host.planOf(method);
    if (plan === undefined || plan.definition.kind !== kind) return undefined;
    // A connection that was made for a built-in service has not agreed on the contract.
    return plan.builtin || this.connection.remote.service === this.host.service ? plan : undefined;
  }

  #unknown(method: number): RpcError {
    return new RpcError('UNIMPLEMENTED', `${this.host.service} has no method with the number ${method}`);
  }

  #violated(detail: string): void {
    // It is logged when the connection closes, as are violations that the transport finds.
    this.connection.fail(detail);
  }

  #publish(state: ConnectionEvent['state'], reason?: string): void {
    if (!channels.serverConnection.hasSubscribers) return;
    const { service } = this.host;
    const event: ConnectionEvent = { service, state, address: this.host.address, peer: this.connection.peer };
    channels.serverConnection.publish(reason === undefined ? event : { ...event, reason });
  }
}

function cancelled(): RpcError {
  return new RpcError('CANCELLED', 'the caller cancelled the call', { origin: 'server' });
}

function overdue(): RpcError {
  return new RpcError('DEADLINE_EXCEEDED', 'the deadline of the call has passed', { origin: 'server' });
}
