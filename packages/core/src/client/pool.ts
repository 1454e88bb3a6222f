import { attachmentsOf } from '../attach/attachments.js';
import { allocate } from '../attach/memory.js';
import { LONGEST_DELAY_MS, monotonicMs } from '../context/clock.js';
import type { Memory } from '../contract/memory.js';
import { RpcError } from '../errors/rpc-error.js';
import { debug } from '../observe/debug.js';
import { type ConnectionEvent, channels } from '../observe/events.js';
import type { Logger } from '../observe/logger.js';
import { ProblemReports } from '../observe/problem-reports.js';
import { tooSmallToAnswer } from '../transport/message-size.js';
import type {
  CloseInfo,
  Connection,
  ConnectionSink,
  Dialer,
  Endpoint,
  Hello,
  Peer,
  Refusal,
  UntakenMessage,
} from '../transport/transport.js';
import type { Agreement, Agreements } from './agreement.js';
import { allocateLaterOn } from './awaited-memory.js';
import { Connector, type ConnectorHost, type Opened } from './connector.js';
import type { ClientCounters } from './counters.js';
import { LinkDoors } from './door-client.js';
import * as failures from './failures.js';
import { Link, type LinkOwner } from './link.js';
import { LinkSet } from './link-set.js';
import type { Links, LinksOwner } from './links.js';
import type { MethodPlan } from './method-plan.js';
import type { ClientSettings } from './options.js';
import type { PendingCall } from './pending-call.js';

export interface PoolParts {
  /** The service whose servers are looked for. */
  readonly service: string;
  readonly hello: Hello;
  readonly dialer: Dialer;
  readonly agreements: Agreements;
  readonly settings: ClientSettings;
  readonly logger: Logger;
  /** What serves the calls of the other side of a connection, if anything does. */
  readonly serve: ((connection: Connection) => ConnectionSink) | undefined;
}

/** A handshake under way. */
interface Opening {
  readonly ends: AbortController;
  readonly sinceMs: number;
}

/** A handshake takes some ms. One that takes longer may be given up for another server's. */
const SLOW_MS = 200;

/** The connections of a client: opens them, chooses between them, replaces those that end. */
export class Pool implements Links, LinkOwner, ConnectorHost {
  readonly counters: ClientCounters = { lateAnswers: 0, lostOneways: 0, retries: 0 };
  readonly #links = new LinkSet();
  readonly #connector: Connector;
  /** Connections that are being opened, by their keys. */
  readonly #opening = new Map<string, Opening>();
  /** Connections that ended because their server broke the protocol. */
  readonly #violations = new ProblemReports((peer, reason) => {
    const { service, logger } = this.parts;
    logger.warn({ service, peer }, `a server broke the protocol: ${reason}`);
  });
  readonly #openedMs = new WeakMap<Link, number>();
  #everConnected = false;
  #closed = false;
  #allClosed: (() => void) | undefined;

  constructor(
    private readonly parts: PoolParts,
    private readonly owner: LinksOwner,
  ) {
    this.#connector = new Connector(parts.dialer, parts.service, this, parts.settings);
  }

  /** The places of the last attempt to connect, each with what was found there. */
  get tried(): readonly string[] {
    return this.#connector.tried;
  }

  get everConnected(): boolean {
    return this.#everConnected;
  }

  get connections(): number {
    return this.#links.usable.length;
  }

  get inDemand(): boolean {
    return this.owner.inDemand;
  }

  /** Calls that servers have yet to answer. */
  get inFlight(): number {
    return this.#links.all().reduce((sum, link) => sum + link.inFlight, 0);
  }

  pick(plan: MethodPlan): Link | undefined {
    return this.#links.pick(plan);
  }

  /** The connection that a blocking call takes: it cannot wait for another. */
  get usable(): readonly Link[] {
    return this.#links.usable;
  }

  all(): readonly Link[] {
    return this.#links.all();
  }

  /** Why no server can be called with this method, if that is so; while one is being connected, nobody knows. */
  leadsOnlyTo(connection: object): boolean {
    const { usable } = this.#links;
    return usable.length === 1 && usable[0]?.connection === connection;
  }

  refusalOf(plan: MethodPlan): RpcError | undefined {
    const { usable } = this.#links;
    const first = usable[0];
    if (first === undefined || this.#opening.size > 0 || usable.some((link) => link.canCall(plan)))
      return undefined;
    return first.agreement.refusalOf(plan);
  }

  allocate(bytes: number): Memory {
    return allocate(this.#linkForMemory().connection, bytes);
  }

  async allocateLater(bytes: number, signal: AbortSignal | undefined): Promise<Memory> {
    return allocateLaterOn(this.#linkForMemory(), bytes, signal);
  }

  duplicate(fd: number): number | undefined {
    return this.parts.dialer.duplicate(fd);
  }

  /** Calls wait: there should be a connection. */
  look(): void {
    this.#connector.look();
  }

  /** Ends all connections; what was sent before is still delivered. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { ends } of this.#opening.values()) ends.abort();
    this.#connector.close();
    const links = this.#links.all();
    for (const link of links) link.connection.close('the client was closed');
    if (links.length > 0) {
      await new Promise<void>((resolve) => {
        this.#allClosed = resolve;
      });
    }
  }

  isConnected(key: string): boolean {
    return this.#links.has(key) || this.#opening.has(key);
  }

  async open(endpoint: Endpoint): Promise<Opened> {
    const { dialer, hello, settings } = this.parts;
    const link = new Link(this, endpoint.key);
    const ends = new AbortController();
    this.#opening.set(endpoint.key, { ends, sinceMs: monotonicMs() });
    try {
      const result = await dialer.dial(
        endpoint,
        hello,
        link,
        Math.min(settings.connectTimeoutMs, LONGEST_DELAY_MS),
        ends.signal,
      );
      if ('refusal' in result) {
        const { refusal, retryable, violator } = result;
        return violator === undefined
          ? { ok: false, refusal, retryable }
          : this.#refuseViolator(endpoint.key, violator, refusal);
      }
      return this.#opened(link, result.connection);
    } catch (thrown) {
      const refusal = { code: 'UNAVAILABLE', message: String(thrown) };
      return { ok: false, refusal, retryable: true };
    } finally {
      this.#opening.delete(endpoint.key);
      this.owner.roomMade();
    }
  }

  giveUpSlow(): void {
    const now = monotonicMs();
    for (const { ends, sinceMs } of this.#opening.values()) {
      // Without effect on one that has succeeded until then.
      setTimeout(() => ends.abort(), Math.max(0, sinceMs + SLOW_MS - now)).unref();
    }
  }

  gaveUp(error: RpcError): void {
    this.owner.gaveUp(error);
  }

  roomMade(): void {
    this.owner.roomMade();
  }

  retry(call: PendingCall, message: UntakenMessage, encoding: string): void {
    this.owner.retry(call, message, encoding);
  }

  linkDrains(link: Link): void {
    this.#links.retire(link);
    this.#publish(link, 'draining');
    debug('%s: %s is draining', this.parts.service, link.key);
    this.#replace(link);
  }

  linkClosed(link: Link, info: CloseInfo): void {
    const wasUsable = this.#links.usable.includes(link);
    this.#links.remove(link);
    this.#publish(link, 'closed', info.detail);
    this.#reportViolation(link, info);
    debug('%s: connection to %s closed (%s): %s', this.parts.service, link.key, info.reason, info.detail);
    if (this.#links.all().length === 0) this.#allClosed?.();
    if (wasUsable && !this.#closed) this.#replace(link);
    // Calls of this connection that wait for a second attempt may have another server already.
    if (this.#links.usable.length > 0) this.owner.roomMade();
  }

  /** Memory belongs to one connection. */
  #linkForMemory(): Link {
    const [link] = this.#links.usable;
    if (link !== undefined) return link;
    if (this.#closed) throw failures.usedAfterClose(this.parts.service);
    const message = `memory for ${this.parts.service}: there is no connection yet; \`await client.ready()\` before`;
    throw new RpcError('FAILED_PRECONDITION', message);
  }

  #opened(link: Link, connection: Link['connection']): Opened {
    const refusal = tooSmallToAnswer(connection.remote);
    if (refusal !== undefined) {
      connection.close(refusal.message);
      return { ok: false, refusal, retryable: false };
    }
    let agreement: Agreement;
    try {
      agreement = this.parts.agreements.with(connection.remote);
    } catch (thrown) {
      const message = 'the contract of the server cannot be read';
      this.#violations.add(connection.peer, `${link.key} ${message}: ${String(thrown)}`);
      connection.close(message);
      return { ok: false, refusal: { code: 'INTERNAL', message: String(thrown) }, retryable: false };
    }
    link.attach(connection, agreement, this.parts.settings.maxMessageBytes);
    if (link.closed !== undefined) {
      this.#reportViolation(link, link.closed);
      return { ok: false, refusal: { code: 'UNAVAILABLE', message: link.closed.detail }, retryable: true };
    }
    link.reverse = this.parts.serve?.(connection);
    const doors = new LinkDoors(link, this.parts.settings);
    attachmentsOf(connection).openDoor = doors.open;
    link.atEnd = () => doors.close();
    this.#links.add(link);
    this.#openedMs.set(link, monotonicMs());
    this.#everConnected = true;
    this.#publish(link, 'open');
    if (this.#closed) connection.close('the client was closed');
    else if (link.draining) this.linkDrains(link);
    return { ok: true };
  }

  /** Whoever answers there will not answer better the next time: calls need not wait for that. */
  #refuseViolator(key: string, peer: Peer, refusal: Refusal): Opened {
    this.#violations.add(peer, `${key} ${refusal.message}`);
    if (refusal.code !== 'UNAVAILABLE') return { ok: false, refusal, retryable: false };
    const message = `the server at ${key} broke the protocol: ${refusal.message}`;
    return { ok: false, refusal: { code: 'INTERNAL', message }, retryable: false };
  }

  #reportViolation(link: Link, { reason, detail }: CloseInfo): void {
    if (reason === 'protocol-error') this.#violations.add(link.connection.peer, `${link.key} ${detail}`);
  }

  /** A connection takes no more calls: another one should. */
  #replace(link: Link): void {
    if (this.#links.usable.length === 0) this.owner.disconnected();
    this.#connector.lost(monotonicMs() - (this.#openedMs.get(link) ?? 0));
  }

  #publish(link: Link, state: ConnectionEvent['state'], reason?: string): void {
    if (!channels.clientConnection.hasSubscribers) return;
    const event: ConnectionEvent = {
      service: this.parts.service,
      state,
      address: link.key,
      peer: link.connection.peer,
    };
    channels.clientConnection.publish(reason === undefined ? event : { ...event, reason });
  }
}
