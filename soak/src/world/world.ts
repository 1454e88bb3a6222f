import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Auditor } from '../ledger/auditor.js';
import { LedgerReader } from '../ledger/reader.js';
import type { Entry } from '../ledger/record.js';
import type { LoadPlan } from '../load/load.js';
import { Child } from './child.js';

/** Name of the instance that is never killed, in worlds that have one. */
export const ANCHOR = 'anchor';

export interface WorldOptions {
  readonly seed: number;
  readonly operations: LoadPlan['operations'];
  /** Operations a second of each client and each thread. */
  readonly rate: number;
  readonly concurrency: number;
  /** Instance whose connections keep their order to the end. */
  readonly anchor: string;
}

/** A client process, and the ledgers that it and its thread write. */
export interface ClientProcess {
  readonly child: Child;
  readonly number: number;
  /** What it is called in the statistics: its successor has the same place. */
  readonly place: string;
  /** Number of the thread that is running in it. */
  threadNumber: number | undefined;
}

/** A folder with servers and clients in processes of their own, and the ledgers of all their calls. */
export class World {
  readonly directory = mkdtempSync(join(tmpdir(), 'doorcall-soak-'));
  readonly auditor = new Auditor();
  readonly servers = new Map<string, Child>();
  readonly clients = new Set<ClientProcess>();
  readonly #ofClients = new Map<number, LedgerReader>();
  readonly #ofServers = new Map<Child, LedgerReader>();
  #lastClient = 0;
  #lastServer = 0;

  constructor(private readonly options: WorldOptions) {}

  /** Starts a server; with `replace` beside the one that has the name, which drains then. */
  async serve(name: string, replace = false): Promise<Child> {
    const ledger = join(this.directory, `server-${++this.#lastServer}.ledger`);
    const plan = { directory: this.directory, ledger, name, ...(replace && { onTaken: 'replace' }) };
    const child = new Child(`server ${name}`, 'server-program.js', plan, this.#violated, ['--expose-gc']);
    this.#ofServers.set(child, new LedgerReader(ledger));
    await child.ready;
    this.servers.set(name, child);
    return child;
  }

  async startClient(place: string, { withThread = false } = {}): Promise<ClientProcess> {
    const plan = this.#loadPlan();
    const child = new Child(`client ${plan.client}`, 'client-program.js', plan, this.#violated);
    const client: ClientProcess = { child, number: plan.client, place, threadNumber: undefined };
    this.clients.add(client);
    await child.ready;
    if (withThread) await this.churn(client);
    return client;
  }

  /** Terminates the client's thread, and starts another. */
  async churn(client: ClientProcess): Promise<void> {
    const plan = this.#loadPlan();
    await client.child.ask('churn', plan);
    const former = client.threadNumber;
    client.threadNumber = plan.client;
    if (former !== undefined) this.#clientGone(former, true);
  }

  async killClient(client: ClientProcess): Promise<void> {
    await client.child.kill();
    this.#forget(client, true);
  }

  /** Lets a client finish what it has begun. */
  async stopClient(client: ClientProcess): Promise<void> {
    await client.child.ask('stop');
    await client.child.ask('leave').catch(() => {});
    await client.child.exited;
    this.#forget(client, false);
  }

  /** Holds the ledgers against each other, as far as they have been written. */
  audit(): void {
    // All of the clients' first: what they were told of had been written by servers before.
    const ofClients: Entry[] = [...this.#ofClients.values()].flatMap((reader) => [...reader.entries()]);
    this.auditor.audit(ofClients, this.#entriesOfServers());
  }

  readonly #violated = (words: string): void => this.auditor.violated(undefined, words);

  *#entriesOfServers(): Generator<Entry> {
    for (const [child, reader] of this.#ofServers) {
      const { gone } = child;
      yield* reader.entries();
      if (!gone) continue;
      reader.close();
      this.#ofServers.delete(child);
    }
  }

  #loadPlan(): LoadPlan {
    const client = ++this.#lastClient;
    const ledger = join(this.directory, `client-${client}.ledger`);
    this.#ofClients.set(client, new LedgerReader(ledger));
    const { seed, operations, rate, concurrency, anchor } = this.options;
    return { directory: this.directory, client, ledger, seed, operations, rate, concurrency, anchor };
  }

  #forget(client: ClientProcess, killed: boolean): void {
    this.clients.delete(client);
    this.#clientGone(client.number, killed);
    if (client.threadNumber !== undefined) this.#clientGone(client.threadNumber, killed);
  }

  #clientGone(number: number, killed: boolean): void {
    this.audit();
    this.auditor.clientEnded(number, killed);
    this.#ofClients.get(number)?.close();
    this.#ofClients.delete(number);
  }

  /** Ends whatever still runs. */
  async dispose(): Promise<void> {
    const children = [...this.servers.values(), ...[...this.clients].map(({ child }) => child)];
    await Promise.all(children.map((child) => child.kill()));
    for (const reader of [...this.#ofServers.values(), ...this.#ofClients.values()]) reader.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
