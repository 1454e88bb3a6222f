import type { ServiceCodec } from '../codec/codec.js';
import { codecHashOf, generatedCodecOf } from '../codec/generated/generated-service.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { monotonicMs } from '../context/clock.js';
import { addDeadlineOwner, type DeadlineOwner, removeDeadlineOwner } from '../context/deadlines.js';
import { describe } from '../contract/descriptor.js';
import { serviceOf } from '../contract/service-of.js';
import type { AnyService } from '../contract/types.js';
import { health } from '../health/health.js';
import type { Logger } from '../observe/logger.js';
import { problemsOf } from '../observe/problem-reports.js';
import type { StreamWindow } from '../stream/window.js';
import type { Connection, RemoteHello } from '../transport/transport.js';
import { Admission } from './admission.js';
import { DrainSignal } from './drain-signal.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { resolveLimits, type ServerLimits } from './options.js';
import { Session, type SessionHost } from './session.js';
import { SpareMemory } from './spare-memory.js';

/** What a callback server is made with. */
export interface CallbackServerParts {
  /** The contract that has callbacks. */
  readonly service: AnyService;
  /** A function for each of them. */
  readonly handlers: object;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
  /** What this side holds unread of a stream, as it tells its servers. */
  readonly window: StreamWindow;
}

/** Serves the callbacks of a contract, and the doors that a client sends, on the connections of that client. */
export class CallbackServer implements SessionHost, DeadlineOwner {
  readonly service: string;
  readonly fingerprint: string;
  readonly address = 'a client';
  readonly limits: Required<ServerLimits>;
  readonly admission: Admission;
  readonly quota;
  readonly logger: Logger;
  readonly counters = { calls: 0 };
  /** Clients do not drain: it never aborts. */
  readonly drainSignal = new DrainSignal();
  readonly maxMessageBytes: number;
  readonly builtinCodec = createMsgpackCodec(health, { named: true });
  readonly problems = problemsOf(this);
  /** The client says what its servers do. */
  readonly violations = undefined;
  readonly #callbacks: AnyService | undefined;
  readonly #plans: readonly MethodPlan[];
  readonly #sessions = new Set<Session>();

  /** @throws TypeError when a callback has no handler. */
  constructor({ service, handlers, maxMessageBytes, logger, window }: CallbackServerParts) {
    this.limits = resolveLimits(window);
    const { name, callbacks } = serviceOf(service);
    this.#callbacks = callbacks;
    this.#plans = callbacks === undefined ? [] : planMethods(callbacks, handlers, [], { builtin: false });
    this.service = callbacks === undefined ? name : serviceOf(callbacks).name;
    this.fingerprint = describe(service).fingerprint;
    this.logger = logger;
    this.maxMessageBytes = maxMessageBytes;
    const { maxInFlightPerConnection, maxInFlight, maxQueuedBytes, maxQueuedBytesInAll } = this.limits;
    this.admission = new Admission(maxInFlightPerConnection, maxInFlight);
    this.quota = {
      perConnection: maxQueuedBytes,
      inAll: maxQueuedBytesInAll,
      used: 0,
      memory: new SpareMemory(),
    };
  }

  get maxInFlight(): number {
    return this.limits.maxInFlightPerConnection;
  }

  get onewayWindow(): number {
    return this.limits.onewayWindow;
  }

  /** Takes the calls of the server at the other end. */
  serve(connection: Connection): Session {
    if (this.#sessions.size === 0) addDeadlineOwner(this);
    const session = new Session(this, connection);
    this.#sessions.add(session);
    return session;
  }

  planOf(method: number): MethodPlan | undefined {
    return this.#plans[method];
  }

  agreesWith(): boolean {
    return true;
  }

  codecFor(remote: RemoteHello): ServiceCodec {
    // Without callbacks there are only doors, which bring their own.
    const service = this.#callbacks ?? health;
    const named = remote.fingerprint !== this.fingerprint;
    const generated = !named && remote.codec === codecHashOf(service) ? generatedCodecOf(service) : undefined;
    return generated ?? createMsgpackCodec(service, { named });
  }

  callerFor(): undefined {
    return undefined;
  }

  sessionEnded(session: Session): void {
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) removeDeadlineOwner(this);
  }

  expire(nowMs: number = monotonicMs()): number {
    let next = Number.POSITIVE_INFINITY;
    for (const session of this.#sessions) next = Math.min(next, session.expire(nowMs));
    return next;
  }
}
