/** Transports whose ends cannot share a thread: the server is a process of its own, or the client starts it. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { cpuUs } from '../src/measure/cpu.js';
import { controlVariable } from '../src/processes/control-messages.js';
import { ProcessGroup } from '../src/processes/process-group.js';
import type { ServerCommands } from '../src/smoke/commands.js';
import { clientSurroundings } from '../src/surroundings.js';
import type { Connection, Transport } from '../src/transport.js';
import { loadAll } from './support/load-transport.js';
import { type Served, transportSuite } from './support/transport-suite.js';

// The built program: processes are started by file name.
const serverProgram = new URL('../dist/smoke/server-program.js', import.meta.url);

const transports = (await loadAll()).filter(({ transport: { serverStartedBy, cannot } }) => {
  return serverStartedBy === 'client' || cannot?.concurrent;
});

it('are these', () => {
  expect(transports.map(({ name }) => name)).toEqual([
    ...['doorcall-gen-sync', 'doorcall-gen-sync-parked', 'doorcall-sync', 'doorcall-sync-parked'],
    ...['child-ipc-advanced', 'child-ipc-json', 'worker-message-port'],
  ]);
});

/** The server in a process, and the client in this one. */
async function startBeside(name: string, transport: Transport): Promise<Served> {
  const group = await ProcessGroup.open(new AbortController().signal);
  for (const [variable, value] of Object.entries(transport.env ?? {})) vi.stubEnv(variable, value);
  vi.stubEnv(controlVariable, join(group.directory, 'control.sock'));
  const surroundings = clientSurroundings(serverProgram);
  const listen = async () => {
    const server = await group.reach<ServerCommands>('server');
    return await server.ask('listen', { transport: name, directory: group.directory });
  };
  let connect: () => Promise<Connection>;
  let only: Connection | undefined;
  if (transport.serverStartedBy === 'runner') {
    group.start(serverProgram, { role: 'server', ...(transport.env && { env: transport.env }) });
    const address = await listen();
    connect = () => transport.connect(address, surroundings);
  } else {
    // A server of its own belongs to each connection, so all tests share one.
    connect = async () => {
      if (only === undefined) {
        only = await transport.connect('', surroundings);
        await listen();
      }
      return { ...only, close: async () => {} };
    };
  }
  return {
    connect,
    async close() {
      vi.unstubAllEnvs();
      await only?.close();
      await group[Symbol.asyncDispose]();
    },
  };
}

it('counts the time of a thread once', async () => {
  const module = JSON.stringify(new URL('../dist/measure/cpu.js', import.meta.url).href);
  const code = `import(${module}).then(({ cpuUs }) => require('node:worker_threads').parentPort.postMessage(cpuUs()))`;
  const worker = new Worker(code, { eval: true });
  const [inThread] = await once(worker, 'message');
  await worker.terminate();
  expect(inThread).toBe(0);
  expect(cpuUs()).toBeGreaterThan(0);
});

describe.each(transports)('$name', ({ name, transport }) => {
  transportSuite(transport, () => startBeside(name, transport));
});
