/** The processes of one topology under one policy. */
import { Latencies } from '@doorcall/load';
import type { Commands } from '../processes/control-messages.js';
import type { ControlledProcess } from '../processes/controlled-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import type { Topology } from './cells.js';
import type { ClientCommands, ServerCommands, WaitingLoad } from './commands.js';
import { type Policy, policyVariable } from './policies.js';

export interface CellFigures {
  calls: number;
  p50Us: number;
  meanUs: number;
  p99Us: number;
  /** User and system time of all processes of the set, the handlers' work included. */
  cpuUsPerCall: number;
}

/** Until compiled code has replaced interpreted code; each cell has a short warm-up of its own. */
const firstWarmUpMs = 500;
const clientCount: Record<Topology, number> = { pair: 1, chain: 1, fanin: 3 };

export class ProcessSet implements AsyncDisposable {
  readonly #group: ProcessGroup;
  readonly #clients: readonly ControlledProcess<ClientCommands>[];
  readonly #servers: readonly ControlledProcess<ServerCommands>[];

  private constructor(
    group: ProcessGroup,
    clients: readonly ControlledProcess<ClientCommands>[],
    servers: readonly ControlledProcess<ServerCommands>[],
  ) {
    this.#group = group;
    this.#clients = clients;
    this.#servers = servers;
  }

  static async open(topology: Topology, policy: Policy, signal: AbortSignal): Promise<ProcessSet> {
    const group = await ProcessGroup.open(signal);
    try {
      const start = async <C extends Commands>(program: 'server' | 'client', role: string) => {
        group.start(new URL(`./${program}-program.js`, import.meta.url), {
          role,
          env: { [policyVariable]: policy },
        });
        return await group.reach<C>(role);
      };
      const servers = [await start<ServerCommands>('server', 'server')];
      await servers[0]!.ask('listen', { service: 'work' });
      if (topology === 'chain') {
        const middle = await start<ServerCommands>('server', 'middle');
        await middle.ask('listen', { service: 'front', next: 'work' });
        servers.push(middle);
      }
      const clients: ControlledProcess<ClientCommands>[] = [];
      for (let i = 1; i <= clientCount[topology]; i++) {
        const client = await start<ClientCommands>('client', `client ${i}`);
        await client.ask('connect', { service: topology === 'chain' ? 'front' : 'work' });
        clients.push(client);
      }
      const set = new ProcessSet(group, clients, servers);
      await set.warmUp({ gapUs: 0, handlerUs: 0.5, durationMs: firstWarmUpMs });
      return set;
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
  }

  async warmUp(load: WaitingLoad): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.ask('warmUp', load)));
  }

  async measure(load: WaitingLoad): Promise<CellFigures> {
    const cpuBefore = await this.#cpuUs();
    const parts = await Promise.all(this.#clients.map((client) => client.ask('measure', load)));
    const cpuUs = (await this.#cpuUs()) - cpuBefore;
    const { calls, p50Us, meanUs, p99Us } = Latencies.merge(parts).summary();
    if (calls === 0) throw new Error('not one call within the window');
    return { calls, p50Us, meanUs, p99Us, cpuUsPerCall: cpuUs / calls };
  }

  async #cpuUs(): Promise<number> {
    const parts = await Promise.all([
      ...this.#clients.map((client) => client.ask('cpu', null)),
      ...this.#servers.map((server) => server.ask('cpu', null)),
    ]);
    return parts.reduce((sum, part) => sum + part, 0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#group[Symbol.asyncDispose]();
  }
}
