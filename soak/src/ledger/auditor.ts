import { type Entry, What } from './record.js';

/** What is known of one call, as bits. */
const BEGUN = 1;
const SUCCEEDED = 2;
const FAILED = 4;
const NOT_EXECUTED = 8;
const EXECUTED = 16;
const SENT = 32;
/** Sent to a server that lives on: it has to be executed. */
const OWED = 64;
const ENDED = SUCCEEDED | FAILED | NOT_EXECUTED | SENT;

/** How many calls have come to what. */
export interface Totals {
  begun: number;
  succeeded: number;
  failed: number;
  notExecuted: number;
  executed: number;
  /** One-way calls that were sent. Those that were on their way to a server that was killed are not executed. */
  sent: number;
  /** Begun by clients that were killed before they were told. */
  abandoned: number;
}

/** Violations that are told in words; of the others there is the number. */
const MOST_WORDS = 50;

/** Calls of one client, by their sequence. */
class Calls {
  #states = new Uint8Array(1_024);
  length = 0;

  get(sequence: number): number {
    return this.#states[sequence] ?? 0;
  }

  add(sequence: number, bits: number): void {
    while (sequence >= this.#states.length) {
      const larger = new Uint8Array(this.#states.length * 2);
      larger.set(this.#states);
      this.#states = larger;
    }
    this.#states[sequence] = this.get(sequence) | bits;
    this.length = Math.max(this.length, sequence + 1);
  }
}

/**
 * Holds the ledgers of clients and servers against each other: every call ends once, none is executed twice, none that
 * succeeded was not executed, and none that was said not to have been executed was.
 */
export class Auditor {
  readonly totals: Totals = {
    begun: 0,
    succeeded: 0,
    failed: 0,
    notExecuted: 0,
    executed: 0,
    sent: 0,
    abandoned: 0,
  };
  /** By the number of their status code. */
  readonly failures = new Map<number, number>();
  readonly violations: string[] = [];
  violationCount = 0;
  readonly #clients = new Map<number, Calls>();
  readonly #killed = new Set<number>();
  /** Succeeded calls whose execution is to be found when the servers' ledgers are read. */
  #unconfirmed: Entry[] = [];

  /**
   * Takes what has been written since the last time. The clients' ledgers have to be read before the servers': what a client has
   * been told was written down by its server before.
   */
  audit(ofClients: Iterable<Entry>, ofServers: Iterable<Entry>): void {
    for (const entry of ofClients) this.#ofClient(entry);
    for (const entry of ofServers) this.#ofServer(entry);
    for (const entry of this.#unconfirmed) {
      if ((this.#stateOf(entry) & EXECUTED) === 0)
        this.violated(entry, 'succeeded, and no server has executed it');
    }
    this.#unconfirmed = [];
  }

  /** A client that is gone, by a kill or in good order: nothing more comes of it. @param killed in mid-call */
  clientEnded(client: number, killed: boolean): void {
    if (killed) this.#killed.add(client);
    const calls = this.#clients.get(client);
    for (let sequence = 0; sequence < (calls?.length ?? 0); sequence += 1) {
      const state = calls?.get(sequence) ?? 0;
      if ((state & BEGUN) === 0 || (state & ENDED) !== 0) continue;
      if (killed) this.totals.abandoned += 1;
      else this.violated({ client, sequence }, 'never ended');
    }
  }

  /** One-way calls to the server that is never killed, of clients that were not killed either, that it has not executed so far. */
  *owed(): Generator<{ readonly client: number; readonly sequence: number }> {
    for (const [client, calls] of this.#clients) {
      if (this.#killed.has(client)) continue;
      for (let sequence = 0; sequence < calls.length; sequence += 1) {
        if ((calls.get(sequence) & (OWED | EXECUTED)) === OWED) yield { client, sequence };
      }
    }
  }

  violated(call: { readonly client: number; readonly sequence: number } | undefined, words: string): void {
    this.violationCount += 1;
    if (this.violations.length === MOST_WORDS) return;
    this.violations.push(
      call === undefined ? words : `call ${call.sequence} of client ${call.client} ${words}`,
    );
  }

  #ofClient(entry: Entry): void {
    const state = this.#stateOf(entry);
    const { what, code } = entry;
    if (what === What.begun) {
      this.totals.begun += 1;
      if ((state & BEGUN) !== 0) this.violated(entry, 'began twice');
      this.#add(entry, BEGUN);
      return;
    }
    if ((state & BEGUN) === 0) this.violated(entry, 'ended and never began');
    if ((state & ENDED) !== 0) this.violated(entry, 'ended twice');
    if (what === What.succeeded) {
      this.totals.succeeded += 1;
      this.#add(entry, SUCCEEDED);
      this.#unconfirmed.push(entry);
      return;
    }
    if (what === What.sent || what === What.sentToAnchor) {
      this.totals.sent += 1;
      this.#add(entry, what === What.sent ? SENT : SENT | OWED);
      return;
    }
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if (what === What.failed) {
      this.totals.failed += 1;
      this.#add(entry, FAILED);
    } else {
      this.totals.notExecuted += 1;
      this.#add(entry, NOT_EXECUTED);
      if ((state & EXECUTED) !== 0)
        this.violated(entry, 'was executed, and its client was told that it was not');
    }
  }

  #ofServer(entry: Entry): void {
    const state = this.#stateOf(entry);
    this.totals.executed += 1;
    if ((state & EXECUTED) !== 0) this.violated(entry, 'was executed twice');
    if ((state & NOT_EXECUTED) !== 0)
      this.violated(entry, 'was executed, and its client was told that it was not');
    this.#add(entry, EXECUTED);
  }

  #stateOf({ client, sequence }: Entry): number {
    return this.#clients.get(client)?.get(sequence) ?? 0;
  }

  #add({ client, sequence }: Entry, bits: number): void {
    let calls = this.#clients.get(client);
    if (calls === undefined) {
      calls = new Calls();
      this.#clients.set(client, calls);
    }
    calls.add(sequence, bits);
  }
}
