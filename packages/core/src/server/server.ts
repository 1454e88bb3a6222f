import type { ServiceCodec } from '../codec/codec.js';
import { codecHashOf, generatedCodecOf } from '../codec/generated/generated-service.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { LONGEST_DELAY_MS, monotonicMs } from '../context/clock.js';
import { addDeadlineOwner, type DeadlineOwner, removeDeadlineOwner } from '../context/deadlines.js';
import { describe } from '../contract/descriptor.js';
import { serializeDescriptor } from '../contract/exchange.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService } from '../contract/types.js';
import { RpcError } from '../errors/rpc-error.js';
import { FIRST_BUILTIN_METHOD, type HealthReport, health } from '../health/health.js';
import { debug } from '../observe/debug.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';
import { type Logger, loggerOf } from '../observe/logger.js';
import { ProblemReports, problemsOf } from '../observe/problem-reports.js';
import type { StreamWindow } from '../stream/window.js';
import { HELLO_DEFAULTS } from '../transport/hello-defaults.js';
import { resolveMaxFds } from '../transport/max-fds.js';
import { resolveMaxMessageBytes, tooSmallToAnswer } from '../transport/message-size.js';
import type {
  Acceptor,
  AcceptPolicy,
  Connection,
  Hello,
  Listening,
  RemoteHello,
} from '../transport/transport.js';
import { Admission } from './admission.js';
import { judgePeer } from './allow.js';
import type { Caller } from './call.js';
import { DrainSignal } from './drain-signal.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { resolveLimits, type ServeOptions, type ServerLimits } from './options.js';
import type { ReplyQuota } from './replies.js';
import { Session, type SessionHost } from './session.js';
import { SpareMemory } from './spare-memory.js';

/** Figures of a server since it started. */
export interface ServerStats {
  /** Open connections. */
  readonly connections: number;
  /** Unary calls that are being worked on. */
  readonly inFlight: number;
  /** Calls taken so far, one-way calls included. */
  readonly calls: number;
  /** Connections whose calls wait because the server is at its limit. */
  readonly waitingConnections: number;
}

/** A service that is being served. */
export interface Server extends AsyncDisposable {
  /** Where it listens, e.g. the socket's path. */
  readonly address: string;
  /**
   * Takes no new connections, asks clients to go elsewhere, finishes the calls in flight and closes. What is
   * not finished after `timeoutMs` (default 10 s) ends with UNAVAILABLE.
   */
  drain(options?: { readonly timeoutMs?: number }): Promise<void>;
  /** Ends everything now: calls in flight end with UNAVAILABLE. Idempotent. */
  close(): Promise<void>;
  /** Figures of this moment. */
  stats(): ServerStats;
}

/** What a server gives to whatever calls its clients back. */
export interface CallerParts {
  readonly connection: Connection;
  /** The server's contract. */
  readonly service: AnyService;
  readonly maxMessageBytes: number;
  /** What the server holds unread of a stream, as it has told its clients. */
  readonly window: StreamWindow;
}

const DEFAULT_DRAIN_MS = 10_000;

/** Joins contract, handlers and acceptor: one per call of `serve`. */
export class ServerCore implements Server, SessionHost, DeadlineOwner {
  readonly service: string;
  readonly fingerprint: string;
  readonly maxMessageBytes: number;
  readonly limits: Required<ServerLimits>;
  readonly admission: Admission;
  readonly quota: ReplyQuota;
  readonly logger: Logger;
  readonly counters = { calls: 0 };
  readonly drainSignal = new DrainSignal();
  readonly problems = problemsOf(this);
  readonly violations = new ProblemReports((peer, reason) =>
    this.logger.warn({ service: this.service, peer }, `a client broke the protocol: ${reason}`),
  );

  readonly #definition: AnyService;
  readonly #hello: Hello;
  readonly #allow: ServeOptions['allow'];
  readonly #plans: readonly MethodPlan[];
  readonly #builtins: readonly MethodPlan[];
  readonly #sessions = new Set<Session>();
  readonly #startedMs = monotonicMs();
  /** Of the generated code, if there is any. */
  readonly #codecHash: string | undefined;
  /** Keys by name: the versions of both sides may differ. */
  readonly builtinCodec = createMsgpackCodec(health, { named: true });
  #listening: Listening | undefined;
  #draining = false;
  /** Nothing is waited for any more. */
  #aborted = false;
  #ending: Promise<void> | undefined;
  #allGone: (() => void) | undefined;

  /** @param makeCaller makes what calls a client back */
  constructor(
    definition: AnyService,
    handlers: object,
    options: ServeOptions,
    private readonly makeCaller?: (parts: CallerParts) => Caller,
  ) {
    const descriptor = describe(definition);
    const limits = resolveLimits(options.limits);
    this.#definition = definition;
    this.service = descriptor.service;
    this.fingerprint = descriptor.fingerprint;
    this.#codecHash = codecHashOf(definition);
    this.logger = loggerOf(options.logger);
    this.maxMessageBytes = resolveMaxMessageBytes(options.maxMessageBytes);
    this.limits = limits;
    this.admission = new Admission(limits.maxInFlightPerConnection, limits.maxInFlight);
    this.quota = {
      perConnection: limits.maxQueuedBytes,
      inAll: limits.maxQueuedBytesInAll,
      used: 0,
      memory: new SpareMemory(),
    };
    this.#allow = options.allow;
    this.#plans = planMethods(definition, handlers, options.interceptors ?? [], { builtin: false });
    this.#builtins = planMethods(health, { check: () => this.#report() }, [], { builtin: true });
    this.#hello = {
      service: descriptor.service,
      fingerprint: descriptor.fingerprint,
      descriptor: serializeDescriptor(descriptor),
      codec: this.#codecHash ?? '',
      maxMessageBytes: this.maxMessageBytes,
      maxInFlight: limits.maxInFlightPerConnection,
      onewayWindow: limits.onewayWindow,
      ...HELLO_DEFAULTS,
      streamWindowBytes: limits.streamWindowBytes,
      streamWindowItems: limits.streamWindowItems,
      maxBlobBytes: limits.maxBlobBytes,
      maxFds: resolveMaxFds('serve', options.acceptFds),
    };
  }

  /** @throws RpcError when the place is taken, refused or cannot be made. */
  async listen(acceptor: Acceptor): Promise<void> {
    this.#listening = await acceptor.listen(this.#policy());
    addDeadlineOwner(this);
    debug('%s: listening at %s', this.service, this.address);
  }

  get address(): string {
    return this.#listening?.address ?? 'nowhere yet';
  }

  planOf(method: number): MethodPlan | undefined {
    return method < FIRST_BUILTIN_METHOD
      ? this.#plans[method]
      : this.#builtins[method - FIRST_BUILTIN_METHOD];
  }

  codecFor(remote: RemoteHello): ServiceCodec {
    const named = remote.fingerprint !== this.fingerprint;
    const generated =
      !named && remote.codec === this.#codecHash ? generatedCodecOf(this.#definition) : undefined;
    return generated ?? createMsgpackCodec(this.#definition, { named });
  }

  agreesWith(remote: RemoteHello): boolean {
    return remote.service === this.service;
  }

  callerFor(connection: Connection): Caller | undefined {
    if (!this.agreesWith(connection.remote)) return undefined;
    const { maxMessageBytes } = this;
    const { streamWindowBytes, streamWindowItems } = this.limits;
    return this.makeCaller?.({
      connection,
      service: this.#definition,
      maxMessageBytes,
      window: { streamWindowBytes, streamWindowItems },
    });
  }

  sessionEnded(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#allGone?.();
  }

  expire(nowMs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions) next = Math.min(next, session.expire(nowMs));
    return next;
  }

  drain(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#ending ??= this.#drain(options.timeoutMs ?? DEFAULT_DRAIN_MS);
    return this.#ending;
  }

  async close(): Promise<void> {
    this.#draining = true;
    this.#abort();
    // A drain that is under way ends by this, too.
    await this.drain({ timeoutMs: 0 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): ServerStats {
    return {
      connections: this.#sessions.size,
      inFlight: this.admission.inFlight,
      calls: this.counters.calls,
      waitingConnections: this.admission.waiting,
    };
  }

  readonly [inspectSymbol] = shownAs('DoorcallServer', () => {
    const { service, address } = this;
    return { service, address, state: this.#draining ? 'draining' : 'serving', ...this.stats() };
  });

  #policy(): AcceptPolicy {
    const { service } = this;
    return {
      hello: this.#hello,
      alsoServes: [serviceOf(health).name],
      allow: (peer, remote) => {
        if (this.#draining) return { code: 'UNAVAILABLE', message: `this server of ${service} is draining` };
        return tooSmallToAnswer(remote) ?? judgePeer(this.#allow, peer, service, this.logger);
      },
      onConnection: (connection) => {
        const session = new Session(this, connection);
        this.#sessions.add(session);
        session.opened();
        // Not from within this call: the transport has not started the connection yet.
        if (this.#draining) setImmediate(() => this.#turnAway(session));
        return session;
      },
      onTaken: () => {
        debug('%s: another process takes the name over', service);
        this.drain().catch((error) => this.logger.error({ service, err: error }, 'draining failed'));
      },
      onPeerProblem: (peer, reason) =>
        this.logger.warn({ service, peer }, `a peer was turned away: ${reason}`),
    };
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#draining = true;
    const closed = this.#listening?.close();
    this.drainSignal.begin();
    for (const session of this.#sessions) this.#turnAway(session);
    const timer = setTimeout(() => this.#abort(), Math.min(timeoutMs, LONGEST_DELAY_MS));
    await closed;
    if (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => {
        this.#allGone = resolve;
      });
    }
    clearTimeout(timer);
    removeDeadlineOwner(this);
    debug('%s: closed', this.service);
  }

  #abort(): void {
    this.#aborted = true;
    for (const session of this.#sessions) this.#turnAway(session);
  }

  #turnAway(session: Session): void {
    if (!this.#aborted) {
      session.goAway();
      return;
    }
    const message = `the server of ${this.service} shut down before the call ended`;
    session.abort(new RpcError('UNAVAILABLE', message, { origin: 'server' }), 'the server is closed');
  }

  #report(): HealthReport {
    return {
      status: this.#draining ? 'DRAINING' : 'SERVING',
      service: this.service,
      pid: process.pid,
      uptimeMs: monotonicMs() - this.#startedMs,
      inFlight: this.admission.inFlight,
    };
  }
}
