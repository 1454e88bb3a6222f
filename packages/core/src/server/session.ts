import type { ServiceCodec } from '../codec/codec.js';
import { decodeMetadata } from '../codec/metadata.js';
import { deadlineFromWire, monotonicMs } from '../context/clock.js';
import type { Metadata } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { debug } from '../observe/debug.js';
import { type ConnectionEvent, channels } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
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
  readonly onewayWindow: number;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
  readonly counters: { calls: number };
  /** The connection is closed and nothing runs for it any more. */
  sessionEnded(session: Session): void;
}

const NOTHING = new Uint8Array(0);

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
  #goingAway = false;
  /** The client has said that it makes no more calls here. */
  #callsAreOver = false;
  #closed = false;

  constructor(
    private readonly host: SessionHost,
    readonly connection: Connection,
  ) {
    const { remote } = connection;
    this.#replies = new Replies(connection, host.quota);
    this.#creditBatch = Math.max(1, host.onewayWindow >> 2);
    this.#execution = new Execution({
      codec: host.codecFor(remote.fingerprint !== host.fingerprint),
      builtinCodec: host.builtinCodec,
      running: this.#running,
      replies: this.#replies,
      maxMessageBytes: Math.min(host.maxMessageBytes, remote.maxMessageBytes),
      logger: host.logger,
      ended: (call) => this.#ended(call),
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
    if (this.#replies.flush()) this.connection.resume();
    this.#giveCredits();
    this.#closeIfDrained();
  }

  onClose(info: CloseInfo): void {
    this.#closed = true;
    this.#replies.drop();
    this.host.admission.remove(this);
    this.#publish('closed', info.detail);
    debug('%s: connection of pid %d closed: %s', this.host.service, this.connection.peer.pid, info.detail);
    const gone = new RpcError('CANCELLED', `the caller is gone: ${info.detail}`, { origin: 'transport' });
    const calls = this.#running.takeUnary();
    for (const call of calls) call.ended = true;
    for (const call of calls) call.cancel(gone);
    // One-way calls were accepted for good: that their sender has left is no reason to stop them.
    if (this.#running.oneway === 0) this.host.sessionEnded(this);
  }

  /** The connection's next message has a chance again. */
  resume(): void {
    this.connection.resume();
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
    const { admission } = this.host;
    if (this.#replies.blocked) {
      admission.giveTurnBack(this);
      return false;
    }
    const plan = this.#planOf(method, 'unary');
    if (plan === undefined || plan.builtin) admission.giveTurnBack(this);
    else if (!admission.enter(this)) return false;

    if (this.#callsAreOver) this.#violated('called after its goaway');
    else if (this.#running.has(callId)) this.#violated(`used the call id ${callId} twice at once`);
    else if (plan !== undefined) this.#begin(plan, flags, callId, aux, bytes, start, end);
    else this.#execution.refuseUnknown(callId, this.#unknown(method));
    return true;
  }

  #oneway(flags: number, method: number, aux: number, bytes: Uint8Array, start: number, end: number): void {
    this.#onewayOutstanding += 1;
    const plan = this.#planOf(method, 'oneway');
    if (this.#callsAreOver) {
      this.#violated('called after its goaway');
    } else if (this.#onewayOutstanding > this.host.onewayWindow) {
      this.#violated('sent more one-way messages than it has credit for');
    } else if (plan !== undefined) {
      this.#begin(plan, flags, 0, aux, bytes, start, end);
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
    if ((flags & Flag.cancelFollows) !== 0) this.#execution.refuse(call, cancelled());
    else if (deadlineMs <= now) this.#execution.refuse(call, overdue());
    else this.#execution.start(call, bytes, bodyStart, end);
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
    if (call.plan.definition.kind === 'oneway') this.#oweCredit();
    else if (!call.plan.builtin && !this.#closed) this.host.admission.leave(this);
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
    if (!busy) this.connection.close('the server has drained');
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
    this.host.logger.warn({ service: this.host.service, peer: this.connection.peer }, `a client ${detail}`);
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
