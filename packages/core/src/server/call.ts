import type { Incoming } from '../attach/incoming.js';
import { monotonicMs } from '../context/clock.js';
import { cancelInnerCalls } from '../context/scope.js';
import { declaredError } from '../contract/call-errors.js';
import type { AllocateOptions, Memory } from '../contract/memory.js';
import type { AnyService, CallPeer, HandlerContext, Metadata } from '../contract/types.js';
import { isRpcError, RpcError } from '../errors/rpc-error.js';
import type { IncomingStream } from '../stream/incoming.js';
import type { OutgoingStream } from '../stream/outgoing.js';
import type { ConnectionSink } from '../transport/transport.js';
import type { MethodPlan } from './method-plan.js';

/** The methods of the client at the other end, where the contract says that it serves any. */
export interface Caller {
  readonly methods: object;
  /** Makes a door callable that the client has sent. */
  openDoor(service: AnyService, id: number): unknown;
  /** Takes what answers the calls. */
  readonly sink: ConnectionSink;
  close(): void;
}

/** Makes it when it is first needed. */
export interface Callers {
  caller(): Caller | undefined;
  readonly connection: object;
  /** Aborts when the server begins to drain. */
  readonly draining: AbortSignal;
  /** Memory that can be handed over to it. */
  allocate(bytes: number, options?: AllocateOptions): Memory;
  allocateLater(
    bytes: number,
    options: AllocateOptions | undefined,
    signal: () => AbortSignal,
  ): Promise<Memory>;
}

const NO_METADATA: Metadata = Object.freeze(Object.create(null));

/**
 * One call that a handler answers: the handler's context, the scope of its inner calls and the server's record
 * of it in one object, because a call can afford just one. What costs is made when it is first read.
 *
 * It is a `Scope`, too, and does not say so: half of that is internal, and so not in the declarations that users compile.
 */
export class ServerCall implements HandlerContext {
  /** @internal Answered, or in no more need of an answer. */
  ended = false;
  /** @internal Counted by admission. */
  admitted = false;
  /** @internal Its input, while it waits for a place. */
  parked: Uint8Array | undefined = undefined;
  /** @internal The handler was called. */
  started = false;
  /** @internal Listed among the running calls of its connection. */
  running = false;
  /** @internal What came beside its request. */
  incoming: Incoming | undefined = undefined;
  /** @internal Its streams, where its method has any. */
  input: IncomingStream | undefined = undefined;
  /** @internal */
  output: OutgoingStream | undefined = undefined;
  /** @internal */
  cancelled = false;
  /** @internal */
  innerCalls = 0;

  private cancelReason: RpcError | undefined = undefined;
  private abortController: AbortController | undefined = undefined;
  private sentBack: Record<string, string> | undefined = undefined;

  constructor(
    /** @internal */
    readonly plan: MethodPlan,
    readonly peer: CallPeer,
    /** @internal */
    readonly callId: number,
    /** @internal In ms of CLOCK_MONOTONIC; Infinity when there is none. */
    readonly deadlineMs: number,
    private readonly received: Metadata | undefined,
    /** @internal In ms of CLOCK_MONOTONIC; 0 when nobody wants to know. */
    readonly startedMs: number,
    private readonly callers: Callers,
    /** Its caller's thread waits for the answer, and would have to answer what the handler calls there. */
    private readonly callerIsBlocked: boolean,
  ) {}

  get client(): undefined {
    return this.callers.caller()?.methods as undefined;
  }

  /** @internal */
  get blockedOn(): object | undefined {
    return this.callerIsBlocked && !this.ended ? this.callers.connection : undefined;
  }

  get signal(): AbortSignal {
    if (this.abortController === undefined) {
      this.abortController = new AbortController();
      if (this.cancelled) this.abortController.abort(this.cancelReason);
    }
    return this.abortController.signal;
  }

  get draining(): AbortSignal {
    return this.callers.draining;
  }

  allocate(bytes: number, options?: AllocateOptions): Memory {
    return this.callers.allocate(bytes, options);
  }

  allocateLater(bytes: number, options?: AllocateOptions): Promise<Memory> {
    return this.callers.allocateLater(bytes, options, () => this.signal);
  }

  get deadline(): number | undefined {
    if (this.deadlineMs === Number.POSITIVE_INFINITY) return undefined;
    return Date.now() + (this.deadlineMs - monotonicMs());
  }

  get metadata(): Metadata {
    return this.received ?? NO_METADATA;
  }

  get trailers(): Record<string, string> {
    this.sentBack ??= Object.create(null) as Record<string, string>;
    return this.sentBack;
  }

  /** @internal The trailers, if the handler set any. */
  get writtenTrailers(): Metadata | undefined {
    if (this.sentBack === undefined || Object.keys(this.sentBack).length === 0) return undefined;
    return this.sentBack;
  }

  error(reason: string, data?: unknown, message?: string): RpcError<never, never> {
    return declaredError(this.plan.definition, reason, data, message) as RpcError<never, never>;
  }

  /** @internal The call is over: nothing is read or sent for it any more. */
  endStreams(reason: unknown): void {
    this.output?.stop();
    if (this.input === undefined) return;
    const error = isRpcError(reason) ? reason : new RpcError('CANCELLED', 'the call has ended');
    this.input.abort(error);
  }

  /** @internal Tells the handler, if it listens, and ends the calls that it has made. */
  cancel(reason: RpcError): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.cancelReason = reason;
    this.abortController?.abort(reason);
    this.endStreams(reason);
    cancelInnerCalls(this);
  }
}
