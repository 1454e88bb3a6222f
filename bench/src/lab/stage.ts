/** The fresh processes of one trial: servers in a row, and clients of the first of them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Placement, Seats } from '../placement.js';
import { onCpus } from '../placement.js';
import type { ControlledProcess } from '../processes/controlled-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import { loadCallable } from '../transports.js';
import type { ClientCommands, CommonCommands, ConnectResult, ServerCommands, Usage } from './commands.js';
import type { Load } from './load.js';
import { freshProcesses, type WarmUp, warmUpUntilStable } from './warm-up.js';

export interface Layout {
  readonly clients: number;
  /** Each but the last passes every order on to the next. */
  readonly servers: number;
  readonly placement: Placement;
}

export const onePair: Layout = { clients: 1, servers: 1, placement: 'free' };

/**
 * The memory reducer collects garbage some seconds after a load, which would look like work of whoever is idle at
 * that moment.
 */
const nodeFlags = ['--expose-gc', '--no-memory-reducer'];

/** A process that ends says so within this time. */
const deathIsKnownMs = 500;

const warmUpLoad = (concurrency: number): Load => ({
  content: { series: 'order' },
  concurrency,
  durationMs: 0,
  minCalls: 1,
});

type Client = ControlledProcess<ClientCommands>;
type Server = ControlledProcess<ServerCommands>;
/** What both kinds can be asked. */
export type AnyProcess = ControlledProcess<CommonCommands>;

export class Stage implements AsyncDisposable {
  readonly clients: readonly Client[];
  /** Of the first client: nothing had been called in its process before. */
  readonly firstConnect: ConnectResult;
  readonly #group: ProcessGroup;
  readonly #serverProcesses: readonly Server[];
  #stable = true;

  private constructor(
    group: ProcessGroup,
    clients: Client[],
    servers: Server[],
    firstConnect: ConnectResult,
  ) {
    this.#group = group;
    this.clients = clients;
    this.#serverProcesses = servers;
    this.firstConnect = firstConnect;
  }

  /** Starts the processes, connects them and proves that they do the work. */
  static async open(
    transport: string,
    { clients: clientCount, servers: serverCount }: Layout,
    seats: Seats,
    signal: AbortSignal,
  ): Promise<Stage> {
    const { serverStartedBy, env } = await loadCallable(transport);
    const group = await ProcessGroup.open(signal);
    try {
      const start = (kind: 'client' | 'server', role: string) => {
        const program = new URL(`./${kind}-program.js`, import.meta.url);
        // With the server within it, or below it, the client has the CPUs of both.
        const ends = serverStartedBy === 'client' ? (['server', 'client'] as const) : [kind];
        const cpus = ends.flatMap((end) => seats[end] ?? []);
        group.start(program, {
          role,
          execArgv: nodeFlags,
          ...(env && { env }),
          ...(cpus.length > 0 && { prefix: onCpus(...cpus) }),
        });
      };
      const clients: Client[] = [];
      const servers: Server[] = [];
      let address = '';
      if (serverStartedBy === 'runner') {
        // From the last to the first: each has to know the next.
        for (let i = serverCount - 1; i >= 0; i--) {
          start('server', `server-${i}`);
          const server = await group.reach<ServerCommands>(`server-${i}`);
          const directory = join(group.directory, `${i}`);
          mkdirSync(directory, { mode: 0o700 });
          address = await server.ask('listen', {
            transport,
            directory,
            ...(address !== '' && { next: address }),
            ...(serverCount > 1 && address === '' && { counts: true }),
          });
          servers.unshift(server);
        }
      }
      let firstConnect: ConnectResult | undefined;
      for (let i = 0; i < clientCount; i++) start('client', `client-${i}`);
      for (let i = 0; i < clientCount; i++) {
        const client = await group.reach<ClientCommands>(`client-${i}`);
        const connecting = client.ask('connect', { transport, address });
        // Awaited below; an end before that must not count as nobody's.
        connecting.catch(() => {});
        if (serverStartedBy === 'client') servers.push(await listenToParent(group, transport));
        const result = await connecting;
        firstConnect ??= result;
        clients.push(client);
      }
      const [first] = clients;
      if (first === undefined || firstConnect === undefined) throw new RangeError('a stage without a client');
      await first.ask('check', null);
      const { pid } = await first.ask('usage', null);
      const ofTheirOwn: Server[] = [];
      for (const server of servers) {
        if ((await server.ask('usage', null)).pid !== pid) ofTheirOwn.push(server);
      }
      return new Stage(group, clients, ofTheirOwn, firstConnect);
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
  }

  get client(): Client {
    return this.clients[0]!;
  }

  /** Whether the warm-up of the fresh processes came to a rate that stayed. */
  get stable(): boolean {
    return this.#stable;
  }

  /** Until compiled code has replaced interpreted code in all processes. */
  async warmUpFresh(concurrent: boolean): Promise<void> {
    const count = this.clients.length;
    // Many clients warm the server up together, each itself.
    const concurrency = concurrent ? Math.max(1, Math.floor(64 / count)) : 1;
    if (!(await this.#warmUp(warmUpLoad(concurrency), freshProcesses(count)))) this.#stable = false;
  }

  /** Another shape of load. Its windows are too short for few and long calls to be told from an unstable rate. */
  async warmUp(load: Load, until: WarmUp): Promise<void> {
    await this.#warmUp(load, until);
  }

  /** All clients at once: what has to become stable is the rate of all of them. */
  #warmUp(load: Load, until: WarmUp): Promise<boolean> {
    return warmUpUntilStable(async (durationMs) => {
      const window = { ...load, durationMs, minCalls: 1 };
      const rates = await Promise.all(this.clients.map((client) => client.ask('warmUp', window)));
      return rates.reduce((sum, rate) => sum + rate, 0);
    }, until);
  }

  /** All of them once: a server that is a thread of the client's process has no CPU time and memory of its own. */
  get processes(): readonly AnyProcess[] {
    return [...this.clients, ...this.#serverProcesses] as unknown as AnyProcess[];
  }

  /** How many orders the last server of a chain has placed. */
  placedByLast(): Promise<number> {
    return this.#serverProcesses.at(-1)!.ask('placed', null);
  }

  async usage(): Promise<{ clients: Usage[]; servers: Usage[] }> {
    const clients = await Promise.all(this.clients.map((client) => client.ask('usage', null)));
    const servers = await Promise.all(this.#serverProcesses.map((server) => server.ask('usage', null)));
    return { clients, servers };
  }

  /**
   * What a step's failure comes from: a client whose server died knows only that its connection broke.
   *
   * @param error what the step failed with
   */
  async causeOf(error: unknown): Promise<unknown> {
    return (await this.#group.failureWithin(deathIsKnownMs)) ?? error;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#group[Symbol.asyncDispose]();
  }
}

async function listenToParent(group: ProcessGroup, transport: string): Promise<Server> {
  const server = await group.reach<ServerCommands>('server');
  await server.ask('listen', { transport, directory: group.directory });
  return server;
}
