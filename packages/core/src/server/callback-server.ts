import type { ServiceCodec } from '../codec/codec.js';
import { createMsgpackCodec } from '../codec/msgpack.js';
import { monotonicMs } from '../context/clock.js';
import { addDeadlineOwner, type DeadlineOwner, removeDeadlineOwner } from '../context/deadlines.js';
import { serviceOf } from '../contract/define-service.js';
import { describe } from '../contract/descriptor.js';
import type { AnyService } from '../contract/types.js';
import { health } from '../health/health.js';
import type { Logger } from '../observe/logger.js';
import { ProblemReports } from '../observe/problem-reports.js';
import type { Connection, RemoteHello } from '../transport/transport.js';
import { Admission } from './admission.js';
import { type MethodPlan, planMethods } from './method-plan.js';
import { resolveLimits } from './options.js';
import { Session, type SessionHost } from './session.js';

/** What a callback server is made with. */
export interface CallbackServerParts {
  /** The contract that has callbacks. */
  readonly service: AnyService;
  /** A function for each of them. */
  readonly handlers: object;
  readonly maxMessageBytes: number;
  readonly logger: Logger;
}

/** Serves the callbacks of a contract on the connections of one client. */
export class CallbackServer implements SessionHost, DeadlineOwner {
  readonly service: string;
  readonly fingerprint: string;
  readonly address = 'a client';
  readonly limits = resolveLimits();
  readonly admission: Admission;
  readonly quota;
  readonly logger: Logger;
  readonly counters = { calls: 0 };
  readonly maxMessageBytes: number;
  readonly builtinCodec = createMsgpackCodec(health, { named: true });
  readonly violations: ProblemReports;
  readonly #callbacks: AnyService;
  readonly #plans: readonly MethodPlan[];
  readonly #sessions = new Set<Session>();

  /** @throws TypeError when a callback has no handler. */
  constructor({ service, handlers, maxMessageBytes, logger }: CallbackServerParts) {
    const { callbacks } = serviceOf(service);
    if (callbacks === undefined)
      throw new TypeError(`${serviceOf(service).name} declares no callbacks, so clients serve none`);
    this.#callbacks = callbacks;
    this.#plans = planMethods(callbacks, handlers, [], { builtin: false });
    this.service = serviceOf(callbacks).name;
    this.fingerprint = describe(service).fingerprint;
    this.logger = logger;
    this.maxMessageBytes = maxMessageBytes;
    const { maxInFlightPerConnection, maxInFlight, maxQueuedBytes, maxQueuedBytesInAll } = this.limits;
    this.admission = new Admission(maxInFlightPerConnection, maxInFlight);
    this.quota = { perConnection: maxQueuedBytes, inAll: maxQueuedBytesInAll, used: 0 };
    this.violations = new ProblemReports((peer, reason) =>
      logger.warn({ service: this.service, peer }, `a server broke the protocol: ${reason}`),
    );
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
    return createMsgpackCodec(this.#callbacks, { named: remote.fingerprint !== this.fingerprint });
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
