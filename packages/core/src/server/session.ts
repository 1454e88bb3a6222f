import { attachmentsOf } from '../attach/attachments.js';
import { allocateLater } from '../attach/awaited-memory.js';
import { allocateForAnswer } from '../attach/memory.js';
import type { ServiceCodec } from '../codec/codec.js';
import type { AllocateOptions, Memory } from '../contract/memory.js';
import { RpcError } from '../errors/rpc-error.js';
import { debug } from '../observe/debug.js';
import { type ConnectionEvent, channels } from '../observe/events.js';
import type { ProblemReports } from '../observe/problem-reports.js';
import { Turns } from '../stream/turns.js';
import {
  type CloseInfo,
  type Connection,
  type ConnectionSink,
  Kind,
  type RemoteHello,
} from '../transport/transport.js';
import type { Caller, Callers, ServerCall } from './call.js';
import { Dispatcher, type DispatchHost } from './dispatcher.js';
import { Drain } from './drain.js';
import type { DrainSignal } from './drain-signal.js';
import { Execution } from './execution.js';
import { callOverdue } from './failure.js';
import { Replies } from './replies.js';
import { RunningCalls } from './running-calls.js';

/** What all sessions of a server share. */
export interface SessionHost extends DispatchHost {
  readonly fingerprint: string;
  /** Where the server listens. */
  readonly address: string;
  codecFor(remote: RemoteHello): ServiceCodec;
  readonly builtinCodec: ServiceCodec;
  readonly maxMessageBytes: number;
  readonly drainSignal: DrainSignal;
  /** Says which connections ended because their client broke the protocol; undefined where somebody else says so. */
  readonly violations: ProblemReports | undefined;
  /** The connection is closed and nothing runs for it any more. */
  sessionEnded(session: Session): void;
  /** What calls the other side of a connection; undefined when it serves nothing. */
  callerFor(connection: Connection): Caller | undefined;
}

/** Whether a message is of a call that this side has made. */
function isAnswer(kind: number): boolean {
  switch (kind) {
    case Kind.reply:
    case Kind.error:
    case Kind.output:
    case Kind.inputWindow:
    case Kind.credit:
      return true;
    default:
      return false;
  }
}

/** The server's side of one connection, from its opening to its end. */
export class Session implements ConnectionSink, Callers {
  readonly #running = new RunningCalls();
  readonly #turns = new Turns();
  readonly #replies: Replies;
  readonly #execution: Execution;
  readonly #drain: Drain;
  readonly #dispatcher: Dispatcher;
  #closed = false;
  /** The server has shut down: nothing is begun any more. */
  #aborted: RpcError | undefined;
  /** What calls the client back; made when a handler first asks for it. */
  #caller: Caller | undefined;

  constructor(
    private readonly host: SessionHost,
    readonly connection: Connection,
  ) {
    const { remote } = connection;
    this.#replies = new Replies(connection, host.quota);
    const { streamWindowBytes, streamWindowItems } = host.limits;
    this.#execution = new Execution({
      connection,
      turns: this.#turns,
      window: { bytes: streamWindowBytes, items: streamWindowItems },
      codec: host.codecFor(remote),
      builtinCodec: host.builtinCodec,
      running: this.#running,
      replies: this.#replies,
      maxMessageBytes: Math.min(host.maxMessageBytes, remote.maxMessageBytes),
      logger: host.logger,
      problems: host.problems,
      ended: (call) => this.#ended(call),
      unusable: (detail) => connection.fail(detail),
    });
    this.#drain = new Drain(connection, () => this.#busy);
    this.#dispatcher = new Dispatcher(host, {
      connection,
      running: this.#running,
      replies: this.#replies,
      execution: this.#execution,
      drain: this.#drain,
      callers: this,
    });
    const attachments = attachmentsOf(connection);
    attachments.doors.logger = host.logger;
    attachments.openDoor ??= (service, id) => {
      const caller = this.caller();
      if (caller !== undefined) return caller.openDoor(service, id);
      throw new RpcError('FAILED_PRECONDITION', 'doors of this client cannot be called here');
    };
  }

  get draining(): AbortSignal {
    return this.host.drainSignal.signal;
  }

  allocate(bytes: number, options?: AllocateOptions): Memory {
    return allocateForAnswer(this.connection, bytes, options);
  }

  allocateLater(
    bytes: number,
    options: AllocateOptions | undefined,
    signal: () => AbortSignal,
  ): Promise<Memory> {
    const make = () => this.allocate(bytes, options);
    return allocateLater({ connection: this.connection, turns: this.#turns, bytes, make, signal });
  }

  caller(): Caller | undefined {
    this.#caller ??= this.#closed ? undefined : this.host.callerFor(this.connection);
    return this.#caller;
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
    if (this.#aborted !== undefined && !isAnswer(kind)) {
      // What came in the same batch. Only a request has somebody who waits for an answer.
      if (kind === Kind.request) this.#execution.refuseUnknown(callId, this.#aborted);
      return true;
    }
    switch (kind) {
      case Kind.request:
        return this.#dispatcher.request(flags, method, callId, aux, bytes, start, end);
      case Kind.oneway:
        this.#dispatcher.oneway(flags, method, aux, bytes, start, end);
        return true;
      case Kind.cancel:
        this.#dispatcher.cancel(callId);
        return true;
      case Kind.input:
        this.#dispatcher.input(callId, flags, method, bytes, start, end);
        return true;
      case Kind.inputEnd:
        this.#dispatcher.inputEnd(callId);
        return true;
      case Kind.outputWindow:
        this.#dispatcher.outputWindow(callId, aux, method);
        return true;
      case Kind.doorRelease: {
        const violation = attachmentsOf(this.connection).doors.takeBack(callId, aux);
        if (violation !== undefined) this.#dispatcher.violated(violation);
        return true;
      }
      case Kind.goaway:
        this.#drain.callsAreOver = true;
        this.#drain.closeIfDone();
        return true;
      default:
        if (this.#caller !== undefined)
          return this.#caller.sink.onMessage(kind, flags, method, callId, aux, bytes, start, end);
        this.#dispatcher.violated(`sent a message of kind ${kind}`);
        return true;
    }
  }

  onWritable(): void {
    if (this.#replies.flush()) {
      this.#dispatcher.release();
      this.#turns.go();
    }
    this.#dispatcher.giveCredits();
    this.#caller?.sink.onWritable();
    this.#drain.closeIfDone();
  }

  onClose(info: CloseInfo): void {
    this.#closed = true;
    this.#drain.closed = true;
    this.#replies.drop();
    // From here on they are nobody's: what ends them does not count them out again.
    const calls = this.#running.takeUnary();
    for (const call of calls) {
      call.ended = true;
      call.plan.door?.callEnded();
      // What no handler has been given.
      call.incoming?.discard();
    }
    this.#dispatcher.close();
    this.#publish('closed', info.detail);
    if (info.reason === 'protocol-error') this.host.violations?.add(this.connection.peer, info.detail);
    debug('%s: connection of pid %d closed: %s', this.host.service, this.connection.peer.pid, info.detail);
    const gone = new RpcError('CANCELLED', `the caller is gone: ${info.detail}`, { origin: 'transport' });
    for (const call of calls) call.cancel(gone);
    attachmentsOf(this.connection).closed();
    this.#caller?.sink.onClose(info);
    this.#caller?.close();
    // One-way calls were accepted for good: that their sender has left is no reason to stop them.
    if (this.#running.oneway === 0) this.host.sessionEnded(this);
  }

  opened(): void {
    this.#publish('open');
  }

  /** Asks the client to make no more calls here; closes when those it has made are done. */
  goAway(): void {
    if (!this.#drain.begin()) return;
    this.#publish('draining');
    this.#drain.closeIfDone();
  }

  /** Ends whatever runs, and the connection. */
  abort(reason: RpcError, detail: string): void {
    this.#aborted = reason;
    for (const call of this.#running.all()) this.#dispatcher.stop(call, reason);
    this.connection.close(detail);
  }

  /** Ends calls that are due. @returns the earliest deadline that is left */
  expire(nowMs: number): number {
    return this.#running.expire(nowMs, (call) => this.#dispatcher.stop(call, callOverdue()));
  }

  get #busy(): boolean {
    const calls = this.#dispatcher.inFlight + this.#running.unary + this.#running.oneway;
    return calls > 0 || this.#replies.blocked;
  }

  #ended(call: ServerCall): void {
    this.#dispatcher.ended(call);
    this.#drain.closeIfDone();
    if (this.#closed && this.#running.oneway === 0) this.host.sessionEnded(this);
  }

  #publish(state: ConnectionEvent['state'], reason?: string): void {
    if (!channels.serverConnection.hasSubscribers) return;
    const { service } = this.host;
    const event: ConnectionEvent = { service, state, address: this.host.address, peer: this.connection.peer };
    channels.serverConnection.publish(reason === undefined ? event : { ...event, reason });
  }
}
