import type { Attached } from '../attach/attachments.js';
import { monotonicMs } from '../context/clock.js';
import type { Scope } from '../context/scope.js';
import type { Metadata } from '../contract/types.js';
import type { RpcError } from '../errors/rpc-error.js';
import { type CallEvent, channels } from '../observe/events.js';
import { tell } from './answer.js';
import type { MethodPlan } from './method-plan.js';
import type { Parcel } from './parcel.js';
import { callFailed } from './rejection.js';

/** Who is told when a call's AbortSignal fires. */
export interface AbortTarget {
  abort(call: PendingCall, reason: unknown): void;
}

/** A call before it is sent, as what it inherits and its options fill it in. */
export interface Preparing {
  readonly plan: MethodPlan;
  readonly startedMs: number;
  deadlineMs: number;
  wireDeadline: number;
  scope: Scope | undefined;
  onTrailers: ((trailers: Metadata) => void) | undefined;
  follow(signal: AbortSignal, target: AbortTarget): void;
}

/** Where a call is in flight. */
export interface Carrier {
  /** The call's owner has given up. @returns whether the server has certainly not seen it */
  abandon(call: PendingCall, tellServer: boolean): boolean;
}

let resolveNewest: (value: unknown) => void;
/** One executor for all promises: one closure less per call. */
const capture = (resolve: (value: unknown) => void): void => {
  resolveNewest = resolve;
};

/** One call on its way: the promise that its caller has, and the client's record of it. */
export class PendingCall implements Preparing {
  readonly promise = new Promise<unknown>(capture);
  /** In ms of CLOCK_MONOTONIC; Infinity for none. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** The deadline as it travels. */
  wireDeadline = 0;
  /** The handler's call that this one is made in. */
  scope: Scope | undefined = undefined;
  onTrailers: ((trailers: Metadata) => void) | undefined = undefined;
  /** Where it is in flight, and its id there. */
  carrier: Carrier | undefined = undefined;
  callId = 0;
  /** What is to be sent, while it waits. */
  parcel: Parcel | undefined = undefined;
  /** What goes beside it, while it can still be taken back. */
  attached: Attached | undefined = undefined;
  /** When it began to wait, in ms of CLOCK_MONOTONIC. */
  waitingSinceMs = 0;
  /** It has been sent before, and was certainly not taken. */
  retried = false;
  settled = false;

  private readonly resolve = resolveNewest;
  private signal: AbortSignal | undefined = undefined;
  private abortTarget: AbortTarget | undefined = undefined;

  constructor(
    readonly plan: MethodPlan,
    readonly startedMs: number,
  ) {}

  /** Listens to a signal until the call is over. The call is its own listener. */
  follow(signal: AbortSignal, target: AbortTarget): void {
    this.signal = signal;
    this.abortTarget = target;
    signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    this.abortTarget?.abort(this, this.signal?.reason);
  }

  succeed(value: unknown): void {
    this.#settle();
    if (channels.clientCall.hasSubscribers) this.#publish('OK', undefined);
    this.resolve(value);
  }

  fail(error: RpcError): void {
    this.endedWith(error);
    this.resolve(callFailed(error));
  }

  /** It has failed; whoever waits is told otherwise. */
  protected endedWith(error: RpcError): void {
    this.#settle();
    if (channels.clientCall.hasSubscribers) this.#publish(error.code, error);
  }

  /** Hands the server's trailers to the caller; what the caller's function throws is not the call's fault. */
  tellTrailers(trailers: Metadata): void {
    tell(this.onTrailers, trailers);
  }

  #settle(): void {
    this.settled = true;
    if (this.signal !== undefined) this.signal.removeEventListener('abort', this);
    if (this.scope !== undefined) this.scope.innerCalls -= 1;
  }

  #publish(code: CallEvent['code'], error: unknown): void {
    const { service, name, kind } = this.plan.definition;
    const durationMs = monotonicMs() - this.startedMs;
    channels.clientCall.publish({ service, method: name, kind, code, error, durationMs } satisfies CallEvent);
  }
}
