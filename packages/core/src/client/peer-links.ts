import type { RpcError } from '../errors/rpc-error.js';
import type { CloseInfo, Connection, UntakenMessage } from '../transport/transport.js';
import type { Agreement } from './agreement.js';
import * as failures from './failures.js';
import { type ClientCounters, Link, type LinkOwner } from './link.js';
import type { Links, LinksOwner } from './links.js';
import type { MethodPlan } from './method-plan.js';
import type { PendingCall } from './pending-call.js';
import { SERVER_IDS } from './slot-table.js';

/** The one connection of calls that go back to whoever is at its other end: it is not looked for, nor replaced. */
export class PeerLinks implements Links, LinkOwner {
  readonly counters: ClientCounters = { lateAnswers: 0, lostOneways: 0, retries: 0 };
  readonly everConnected = true;
  readonly tried: readonly string[] = [];
  readonly link: Link;

  constructor(
    connection: Connection,
    agreement: Agreement,
    maxMessageBytes: number,
    private readonly owner: LinksOwner,
  ) {
    this.link = new Link(this, `the client (pid ${connection.peer.pid})`, SERVER_IDS);
    this.link.attach(connection, agreement, maxMessageBytes);
  }

  get connections(): number {
    return this.link.usable ? 1 : 0;
  }

  get inFlight(): number {
    return this.link.inFlight;
  }

  pick(plan: MethodPlan): Link | undefined {
    const { link } = this;
    return link.hasRoomFor(plan) && link.canCall(plan) ? link : undefined;
  }

  all(): readonly Link[] {
    return [this.link];
  }

  refusalOf(plan: MethodPlan): RpcError | undefined {
    const { link } = this;
    if (!link.usable) return failures.peerGone(plan);
    return link.canCall(plan) ? undefined : link.agreement.refusalOf(plan);
  }

  look(): void {}

  async close(): Promise<void> {}

  roomMade(): void {
    this.owner.roomMade();
  }

  linkDrains(): void {}

  /** There is nobody else who could take it. */
  retry(call: PendingCall, _message: UntakenMessage): void {
    call.fail(failures.notTaken(call.plan, 'and it goes to this client only'));
  }

  linkClosed(_link: Link, _info: CloseInfo): void {
    // What waits is told that nobody takes it any more.
    this.owner.roomMade();
  }
}
