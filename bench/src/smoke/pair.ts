/** A server and a client process of one transport, and what is measured on them. */
import { memoryOfConnection } from '../measure/connection-memory.js';
import type { Load } from '../measure/load.js';
import type { ControlledProcess } from '../processes/controlled-process.js';
import { ProcessGroup } from '../processes/process-group.js';
import { loadCallable } from '../transports.js';
import type { ClientCommands, LoadResult, ServerCommands } from './commands.js';
import type { Figures, LatenessFigures } from './figures.js';
import { idleWatch, probeMs, settleMs, warmUp } from './scenarios.js';

/**
 * The memory reducer collects garbage some seconds after a load, which would look like work of whoever is
 * idle at that moment.
 */
const nodeFlags = ['--expose-gc', '--no-memory-reducer'];

export class Pair implements AsyncDisposable {
  readonly transport: string;
  readonly #group: ProcessGroup;
  readonly #client: ControlledProcess<ClientCommands>;
  readonly #server: ControlledProcess<ServerCommands>;

  private constructor(
    transport: string,
    group: ProcessGroup,
    client: ControlledProcess<ClientCommands>,
    server: ControlledProcess<ServerCommands>,
  ) {
    this.transport = transport;
    this.#group = group;
    this.#client = client;
    this.#server = server;
  }

  /** Starts both processes, connects them and proves that they do the work. */
  static async open(transport: string, signal: AbortSignal): Promise<Pair> {
    const { serverStartedBy, env } = await loadCallable(transport);
    const group = await ProcessGroup.open(signal);
    try {
      const start = (role: string) => {
        const program = new URL(`./${role}-program.js`, import.meta.url);
        group.start(program, { role, execArgv: nodeFlags, ...(env && { env }) });
      };
      if (serverStartedBy === 'runner') start('server');
      start('client');
      const { client, server } = await (serverStartedBy === 'runner'
        ? connectToServer(transport, group)
        : connectStartsServer(transport, group));
      await client.ask('check', null);
      return new Pair(transport, group, client, server);
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Until compiled code has replaced interpreted code on both sides. */
  async warmUp(): Promise<void> {
    const concurrency = (await this.#can('concurrent')) ? warmUp.concurrency : 1;
    await this.#client.ask('warmUp', { concurrency, gapMs: 0, durationMs: warmUp.durationMs });
  }

  async #can(trait: 'concurrent'): Promise<boolean> {
    const { cannot } = await loadCallable(this.transport);
    return cannot?.[trait] === undefined;
  }

  async measure(load: Load): Promise<Figures> {
    await this.#client.ask('warmUp', { ...load, durationMs: settleMs });
    const serverCpuBefore = await this.#server.ask('cpu', null);
    const result = await this.#client.ask('measure', load);
    const serverCpuUs = (await this.#server.ask('cpu', null)) - serverCpuBefore;
    return toFigures(result, serverCpuUs);
  }

  async probeLoops(load: Load): Promise<LatenessFigures> {
    await this.#server.ask('startProbe', null);
    const clientP99Us = await this.#client.ask('probe', { ...load, durationMs: probeMs });
    const serverP99Us = await this.#server.ask('stopProbe', null);
    return { clientP99Us, serverP99Us };
  }

  /**
   * To be called before the warm-up: a full garbage collection throws compiled code away.
   *
   * @returns by how many KiB one idle connection makes both processes larger; undefined when they became smaller
   */
  weighIdle(): Promise<number | undefined> {
    return memoryOfConnection({
      openIdle: (count) => this.openIdle(count),
      closeIdle: () => this.closeIdle(),
      held: () => Promise.all([this.#client.ask('memory', null), this.#server.ask('memory', null)]),
    });
  }

  async openIdle(count: number): Promise<void> {
    await this.#client.ask('openIdle', count);
  }

  /** @returns CPU time of both processes while nothing happens, in percent of one core */
  async watchIdleCpu(): Promise<number> {
    const [client, server] = await Promise.all([
      this.#client.ask('idleCpu', idleWatch),
      this.#server.ask('idleCpu', idleWatch),
    ]);
    return client + server;
  }

  async closeIdle(): Promise<void> {
    await this.#client.ask('closeIdle', null);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#group[Symbol.asyncDispose]();
  }
}

interface Ends {
  client: ControlledProcess<ClientCommands>;
  server: ControlledProcess<ServerCommands>;
}

async function connectToServer(transport: string, group: ProcessGroup): Promise<Ends> {
  const server = await group.reach<ServerCommands>('server');
  const address = await server.ask('listen', { transport, directory: group.directory });
  const client = await group.reach<ClientCommands>('client');
  await client.ask('connect', { transport, address });
  return { client, server };
}

async function connectStartsServer(transport: string, group: ProcessGroup): Promise<Ends> {
  const client = await group.reach<ClientCommands>('client');
  await client.ask('connect', { transport, address: '' });
  const server = await group.reach<ServerCommands>('server');
  await server.ask('listen', { transport, directory: group.directory });
  return { client, server };
}

function toFigures({ elapsedMs, cpuUs, ...latency }: LoadResult, serverCpuUs: number): Figures {
  if (latency.calls === 0) throw new Error('not one call within the window');
  return {
    ...latency,
    callsPerSecond: latency.calls / (elapsedMs / 1_000),
    cpuUsPerCall: (cpuUs + serverCpuUs) / latency.calls,
  };
}
