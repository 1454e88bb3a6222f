import type { Connection, UntakenMessage } from '../transport/transport.js';
import type { Agreement } from './agreement.js';
import type { ClientCounters } from './counters.js';
import * as failures from './failures.js';
import { Link, type LinkOwner } from './link.js';
import type { PendingCall } from './pending-call.js';
import { SERVER_IDS } from './slot-table.js';

/** Owns the link of calls that go back to whoever is at the other end of a connection. */
export class PeerLinkOwner implements LinkOwner {
  readonly counters: ClientCounters = { lateAnswers: 0, lostOneways: 0, retries: 0 };
  readonly link: Link;

  constructor(connection: Connection, agreement: Agreement, maxMessageBytes: number) {
    this.link = new Link(this, `the client (pid ${connection.peer.pid})`, SERVER_IDS);
    this.link.attach(connection, agreement, maxMessageBytes);
  }

  roomMade(): void {}

  linkDrains(): void {}

  /** There is nobody else who could take it. */
  retry(call: PendingCall, _message: UntakenMessage): void {
    call.fail(failures.notTaken(call.plan, 'and the call can go to no other', 'the client'));
  }

  linkClosed(): void {}
}
