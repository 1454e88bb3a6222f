import { KeptAttachments } from '../attach/kept.js';
import type { Encoded } from '../codec/codec.js';
import { encodeMetadata } from '../codec/metadata.js';
import { deadlineToWire, monotonicMs } from '../context/clock.js';
import {
  addDeadlineOwner,
  type DeadlineOwner,
  mentionDeadline,
  removeDeadlineOwner,
} from '../context/deadlines.js';
import { addScopeFollower, currentScope, removeScopeFollower, type ScopeFollower } from '../context/scope.js';
import { serviceOf } from '../contract/service-of.js';
import type { StreamReader } from '../contract/stream.js';
import type { AnyService, CallOptions } from '../contract/types.js';
import type { RpcError } from '../errors/rpc-error.js';
import { LaterReader } from '../stream/later-reader.js';
import type { UntakenMessage } from '../transport/transport.js';
import { Agreements } from './agreement.js';
import { builtinCodec } from './builtin-codec.js';
import * as failures from './failures.js';
import { type ClientInterceptor, intercept, type SyncClientInterceptor } from './interceptor.js';
import type { Link } from './link.js';
import type { Links, LinksOwner } from './links.js';
import type { MethodPlan } from './method-plan.js';
import { whyNoRoom } from './no-room.js';
import { type ClientSettings, type ConnectOptions, checkCallOptions, resolveSettings } from './options.js';
import type { Parcel } from './parcel.js';
import { type AbortTarget, PendingCall, type Preparing } from './pending-call.js';
import { ReadyWaiters } from './ready-waiters.js';
import { Unsent } from './request-prefix.js';
import { encodeRequest, resend, sendWith } from './sending.js';
import { StreamCall, type StreamCallOwner } from './stream-call.js';
import { callBlocking } from './sync-call.js';
import { deadlineOf } from './timing.js';
import { WaitingCalls } from './waiting-calls.js';

/** Figures of a client since it was made. */
export interface ClientStats {
  /** Connections that take calls. */
  readonly connections: number;
  /** Calls that servers have yet to answer, given-up ones included. */
  readonly inFlight: number;
  /** Calls that wait for a server, a place or space. */
  readonly waiting: number;
  /** Answers that came when their caller had given up. */
  readonly lateAnswers: number;
  /** One-way messages that were accepted for sending, and that their server certainly never took. */
  readonly lostOneways: number;
  /** Calls that were sent a second time because the first server certainly did not take them. */
  readonly retries: number;
}

/** Makes the connections of a client. */
export type OpenLinks = (agreements: Agreements, settings: ClientSettings, owner: LinksOwner) => Links;

const NO_OPTIONS: CallOptions = Object.freeze({});
/** What stands behind a client's methods: takes each call from its input to its end. */
export class ClientCore implements LinksOwner, DeadlineOwner, ScopeFollower, AbortTarget, StreamCallOwner {
  readonly service: string;
  readonly settings: ClientSettings;
  readonly pool: Links;
  readonly #agreements: Agreements;
  readonly #interceptors: readonly (ClientInterceptor | SyncClientInterceptor)[];
  readonly #waiting: WaitingCalls;
  readonly #readyWaiters = new ReadyWaiters();
  /** Since when there is no connection, in ms of CLOCK_MONOTONIC. */
  #disconnectedMs = Number.NEGATIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(definition: AnyService, options: ConnectOptions, openLinks: OpenLinks) {
    this.service = serviceOf(definition).name;
    this.settings = resolveSettings(options);
    this.#interceptors = options.interceptors ?? [];
    this.#agreements = new Agreements(definition);
    this.#waiting = new WaitingCalls(this.settings.maxQueuedCalls, this.settings.maxQueuedBytes);
    this.pool = openLinks(this.#agreements, this.settings, this);
    addDeadlineOwner(this);
    addScopeFollower(this);
  }

  call(plan: MethodPlan, input: unknown, options: CallOptions | undefined): Promise<unknown> {
    if (this.#interceptors.length === 0) return this.#begin(plan, input, options);
    const { service, name, kind } = plan.definition;
    const call = { service, method: name, kind, input, options: options ?? NO_OPTIONS };
    const innermost = (changed: CallOptions) => this.#begin(plan, input, changed);
    // An interceptor that is no async function may throw at once.
    return (async () => intercept(this.#interceptors, call, innermost))();
  }

  /** Makes a call whose output is a stream. */
  stream(plan: MethodPlan, input: unknown, options: CallOptions | undefined): StreamReader<unknown> {
    if (this.#interceptors.length === 0) return this.#open(plan, input, options);
    const { service, name, kind } = plan.definition;
    const call = { service, method: name, kind, input, options: options ?? NO_OPTIONS };
    const innermost = async (changed: CallOptions) => this.#open(plan, input, changed);
    return new LaterReader((async () => intercept(this.#interceptors, call, innermost))());
  }

  callSync(plan: MethodPlan, input: unknown, options: CallOptions | undefined): unknown {
    if (this.#closing !== undefined) throw this.#afterClose(plan);
    return callBlocking(this, this.#interceptors, plan, input, options);
  }

  /** Resolves when there is a connection. */
  ready(): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(failures.usedAfterClose(this.service));
    if (this.pool.connections > 0) return Promise.resolve();
    return this.#readyWaiters.add((sinceMs) => {
      mentionDeadline(sinceMs + this.settings.connectTimeoutMs);
      this.pool.look();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  stats(): ClientStats {
    const { connections, inFlight, counters } = this.pool;
    return { connections, inFlight, waiting: this.#waiting.size, ...counters };
  }

  /** Doors of which calls wait for a place or space. */
  waitingDoors(): ReadonlySet<number> {
    const doors = new Set<number>();
    if (this.#waiting.size === 0) return doors;
    for (const { plan } of this.#waiting) if (plan.door !== undefined) doors.add(plan.door.id);
    return doors;
  }

  get inDemand(): boolean {
    return this.#waiting.size > 0 || this.#readyWaiters.size > 0;
  }

  roomMade(): void {
    if (this.#readyWaiters.size > 0 && this.pool.connections > 0) this.#readyWaiters.end();
    if (this.#waiting.size > 0) this.#pump();
  }

  disconnected(): void {
    this.#disconnectedMs = monotonicMs();
    if (this.#waiting.size > 0) mentionDeadline(this.#disconnectedMs + this.settings.connectTimeoutMs);
  }

  gaveUp(error: RpcError): void {
    for (const call of this.#waiting) this.#end(call, failures.ofCall(call.plan, error));
    this.#readyWaiters.end(error);
  }

  retry(call: PendingCall, message: UntakenMessage, encoding: string): void {
    const { bytes } = message;
    if (call.retried || bytes === undefined || this.#closing !== undefined) {
      const why = call.retried ? 'twice' : 'and it cannot be sent again';
      call.fail(failures.notTaken(call.plan, why));
      return;
    }
    call.retried = true;
    call.carrier = undefined;
    call.waitingSinceMs = monotonicMs();
    this.pool.counters.retries += 1;
    this.#waiting.addRetry(call, { kind: 'resend', message, bytes, encoding });
  }

  abort(call: PendingCall, reason: unknown): void {
    if (!call.settled) this.#giveUp(call, true, (executed) => failures.aborted(call.plan, reason, executed));
  }

  endStream(call: StreamCall, error: (maybeExecuted: boolean) => RpcError): void {
    if (!call.settled) this.#giveUp(call, true, error);
  }

  endCancelledScopes(): void {
    const end = (call: PendingCall) => {
      if (call.scope?.cancelled !== true) return;
      this.#giveUp(call, true, (executed) => failures.outerCallEnded(call.plan, executed));
    };
    for (const link of this.pool.all()) link.forEachCall(end);
    for (const call of this.#waiting) end(call);
  }

  expire(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const link of this.pool.all()) {
      link.forEachCall((call) => {
        if (call.deadlineMs <= nowMs) this.#overdue(call);
        else next = Math.min(next, call.deadlineMs);
      });
    }
    for (const call of this.#waiting) {
      const connectBy = this.#connectBy(call.waitingSinceMs);
      if (call.deadlineMs <= nowMs) this.#overdue(call);
      else if (connectBy <= nowMs) this.#end(call, this.#noServer(call.plan));
      else next = Math.min(next, call.deadlineMs, connectBy);
    }
    for (const sinceMs of this.#readyWaiters.sinceMs()) {
      const connectBy = this.#connectBy(sinceMs);
      if (connectBy <= nowMs) this.#readyWaiters.end(this.#noServer());
      else next = Math.min(next, connectBy);
    }
    return next;
  }

  /** Fills in what a call inherits and what its options say. @throws RpcError when it is over before it begins. */
  prepare(call: Preparing, options: CallOptions | undefined): void {
    const { plan, startedMs } = call;
    if (this.#closing !== undefined) throw this.#afterClose(plan);
    if (options !== undefined) checkCallOptions(options);
    // A subscription is not late after half a minute.
    const defaultTimeoutMs = plan.streaming ? Number.POSITIVE_INFINITY : this.settings.defaultTimeoutMs;
    let deadlineMs =
      options === undefined ? startedMs + defaultTimeoutMs : deadlineOf(options, startedMs, defaultTimeoutMs);
    const scope = currentScope();
    if (scope !== undefined) {
      call.scope = scope;
      scope.innerCalls += 1;
      deadlineMs = Math.min(deadlineMs, scope.deadlineMs);
    }
    call.deadlineMs = deadlineMs;
    if (deadlineMs <= startedMs) throw failures.overdue(call, false, ': its deadline had passed before');
    if (scope?.cancelled === true) throw failures.outerCallEnded(plan, false);
    const blockedOn = plan.oneway ? undefined : scope?.blockedOn;
    if (blockedOn !== undefined && this.pool.leadsOnlyTo(blockedOn)) throw failures.callerBlocked(plan);
    // A one-way call waits only to be accepted; its handler is given a deadline only when the caller says so.
    const explicit = options?.timeoutMs !== undefined || options?.deadline !== undefined;
    if (!plan.oneway || explicit) call.wireDeadline = deadlineToWire(deadlineMs, startedMs);
    if (options === undefined) return;
    call.onTrailers = options.onTrailers;
    const { signal } = options;
    if (signal === undefined) return;
    if (signal.aborted) throw failures.aborted(plan, signal.reason, false);
    call.follow(signal, this);
  }

  /** What follows a connection was closed with it, and not by whoever calls. */
  #afterClose(plan: MethodPlan): RpcError {
    return this.pool.refusalOf(plan) ?? failures.usedAfterClose(this.service, plan);
  }

  #begin(plan: MethodPlan, input: unknown, options: CallOptions | undefined): Promise<unknown> {
    const call = plan.streaming ? this.#streamCall(plan, input) : new PendingCall(plan, monotonicMs());
    this.#send(call, plan.streamsInput ? undefined : input, options);
    return call.promise;
  }

  #open(plan: MethodPlan, input: unknown, options: CallOptions | undefined): StreamReader<unknown> {
    const call = this.#streamCall(plan, input);
    this.#send(call, plan.streamsInput ? undefined : input, options);
    return call.reader as StreamReader<unknown>;
  }

  #streamCall(plan: MethodPlan, input: unknown): StreamCall {
    const { streamWindowBytes, streamWindowItems, maxMessageBytes } = this.settings;
    const window = { bytes: streamWindowBytes, items: streamWindowItems };
    const items = plan.streamsInput ? input : undefined;
    return new StreamCall(plan, monotonicMs(), { owner: this, items, window, maxMessageBytes });
  }

  #send(call: PendingCall, input: unknown, options: CallOptions | undefined): void {
    const { plan } = call;
    try {
      this.prepare(call, options);
      if (plan.streaming) (call as StreamCall).checkInput();
      this.#dispatch(
        call,
        input,
        options?.metadata === undefined ? undefined : encodeMetadata(options.metadata),
      );
      // A getter of the input may have aborted it while it was nowhere yet.
      if (options?.signal?.aborted === true) this.abort(call, options.signal.reason);
    } catch (thrown) {
      call.fail(failures.ofCall(plan, thrown));
    }
  }

  #dispatch(call: PendingCall, input: unknown, metadata: Uint8Array | undefined): void {
    const { plan } = call;
    // Whatever makes room sends what waits at once: where there is room now, nobody has waited for it.
    const link = this.pool.pick(plan);
    if (link !== undefined) {
      const body = encodeRequest(link.codecFor(plan), plan, input);
      if (metadata === undefined && body.attachments === undefined && plan.door === undefined) {
        if (link.send(call, 0, body)) return;
      } else if (sendWith(link, call, body, body.attachments, metadata)) {
        return;
      }
    }
    this.#wait(call, input, metadata);
  }

  #wait(call: PendingCall, input: unknown, metadata: Uint8Array | undefined): void {
    const { plan } = call;
    const refusal = this.pool.refusalOf(plan);
    if (refusal !== undefined) throw refusal;
    const codec = plan.builtin ? builtinCodec() : (plan.door?.codec ?? this.#agreements.codec);
    const { bytes, start, end, attachments: found } = encodeRequest(codec, plan, input);
    const limit = this.settings.maxMessageBytes;
    if (end - start > limit) throw failures.tooLarge(plan, end - start, limit);
    // `metadata` is this call's own: encoding made it.
    const body = new Uint8Array(bytes.subarray(start, end));
    const attachments =
      found === undefined ? undefined : new KeptAttachments(found, (fd) => this.pool.duplicate(fd));
    const parcel: Parcel = { kind: 'fresh', body, metadata, attachments };
    call.waitingSinceMs = call.startedMs;
    if (!this.#waiting.add(call, parcel)) {
      attachments?.release();
      throw failures.tooManyWait(plan, this.#waiting.size);
    }
    mentionDeadline(Math.min(call.deadlineMs, this.#connectBy(call.waitingSinceMs)));
    if (this.pool.connections === 0) this.pool.look();
  }

  /** Sends what waits, as far as there is room. */
  #pump(): void {
    for (const queue of this.#waiting.queues()) {
      for (const call of queue) {
        const refusal = this.pool.refusalOf(call.plan);
        const link = refusal === undefined ? this.pool.pick(call.plan) : undefined;
        if (refusal !== undefined) this.#end(call, refusal);
        else if (link === undefined) break;
        else this.#sendWaiting(call, link);
      }
    }
  }

  #sendWaiting(call: PendingCall, link: Link): void {
    const parcel = call.parcel as Parcel;
    try {
      const sent =
        parcel.kind === 'resend' ? resend(call, parcel, link) : this.#sendFresh(call, parcel, link);
      if (sent) this.#waiting.remove(call);
    } catch (thrown) {
      this.#end(call, failures.ofCall(call.plan, thrown));
    }
  }

  #sendFresh(call: PendingCall, parcel: Extract<Parcel, { kind: 'fresh' }>, link: Link): boolean {
    const { plan } = call;
    let body: Encoded = { bytes: parcel.body, start: 0, end: parcel.body.length };
    let attachments = parcel.attachments?.all;
    if (link.agreement.codec !== this.#agreements.codec && this.#mayEncodeAnew(plan)) {
      // It was encoded before this server was known.
      const incoming = attachments === undefined ? undefined : new Unsent(attachments);
      const value = this.#agreements.codec.decodeInput(plan.id, body.bytes, body.start, body.end, incoming);
      body = link.agreement.codec.encodeInput(plan.id, value);
      ({ attachments } = body);
    }
    return sendWith(link, call, body, attachments, parcel.metadata);
  }

  #mayEncodeAnew(plan: MethodPlan): boolean {
    return !plan.builtin && !plan.streamsInput && plan.door === undefined;
  }

  #overdue(call: PendingCall): void {
    const why = call.carrier === undefined ? `: ${this.#whyUnsent(call.plan)}` : '';
    // The server keeps the deadline by itself.
    this.#giveUp(call, false, (executed) => failures.overdue(call, executed, why));
  }

  #whyUnsent(plan: MethodPlan): string {
    const { pool } = this;
    if (pool.connections === 0) return `no server found, ${failures.listed(pool.tried)}`;
    const link = pool.all().find(({ usable }) => usable);
    return link === undefined ? 'it was not sent' : `it was not sent, for ${whyNoRoom(link, plan)}`;
  }

  /** Ends a call before its answer, wherever it is. */
  #giveUp(call: PendingCall, tellServer: boolean, error: (maybeExecuted: boolean) => RpcError): void {
    const { carrier } = call;
    if (call.parcel !== undefined) this.#end(call, error(false));
    else if (carrier !== undefined) call.fail(error(!carrier.abandon(call, tellServer)));
  }

  /** Ends a call that waits. */
  #end(call: PendingCall, error: RpcError): void {
    this.#waiting.remove(call);
    call.fail(error);
  }

  /** When a call that waits since then ends for want of a connection; Infinity when there is one. */
  #connectBy(sinceMs: number): number {
    if (this.pool.connections > 0) return Number.POSITIVE_INFINITY;
    return Math.max(sinceMs, this.#disconnectedMs) + this.settings.connectTimeoutMs;
  }

  #noServer(plan?: MethodPlan): RpcError {
    return failures.noServer(this.service, this.settings.connectTimeoutMs, this.pool.tried, plan);
  }

  async #close(): Promise<void> {
    removeDeadlineOwner(this);
    removeScopeFollower(this);
    for (const call of this.#waiting) this.#end(call, failures.closedMeanwhile(call.plan, false));
    for (const link of this.pool.all()) {
      link.forEachCall((call) =>
        this.#giveUp(call, true, (executed) => failures.closedMeanwhile(call.plan, executed)),
      );
    }
    this.#readyWaiters.end(failures.closedMeanwhile(undefined, false));
    await this.pool.close();
  }
}
