/** The client process of a smoke trial. */
import { type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Recorder } from '@doorcall/load';
import { cpuUs, idleCpuPercent } from '../measure/cpu.js';
import { LatenessProbe } from '../measure/lateness.js';
import { drive, type Load } from '../measure/load.js';
import { residentKiB } from '../measure/memory.js';
import { invalidOrder, isReceiptFor, sampleOrders } from '../payload.js';
import { roleVariable } from '../processes/control-messages.js';
import { obey } from '../processes/obey.js';
import type { Connection, Transport } from '../transport.js';
import { loadTransport } from '../transports.js';
import type { ClientCommands } from './commands.js';

let transport: Transport;
let address: string;
let connection: Connection;
let idle: Connection[] = [];

const surroundings = {
  forkServer(options: ForkOptions) {
    const program = fileURLToPath(new URL('./server-program.js', import.meta.url));
    const env = { ...process.env, [roleVariable]: 'server' };
    return fork(program, { ...options, env, execArgv: process.execArgv });
  },
};

obey<ClientCommands>({
  cpu: cpuUs,
  memory: residentKiB,
  idleCpu: ({ settleMs, windowMs }) => idleCpuPercent(settleMs, windowMs),

  async connect(argument) {
    transport = await loadTransport(argument.transport);
    address = argument.address;
    connection = await transport.connect(address, surroundings);
    return null;
  },

  async check() {
    await assertAnswers(connection);
    await assertRefuses(connection);
    return null;
  },

  async warmUp(load) {
    await drive(connection, load, new Recorder());
    return null;
  },

  async measure(load) {
    const recorder = new Recorder();
    const cpuBefore = cpuUs();
    const elapsedMs = await drive(connection, load, recorder);
    const cpu = cpuUs() - cpuBefore;
    return { ...recorder.finish().summary(), elapsedMs, cpuUs: cpu };
  },

  async probe(load: Load) {
    const probe = new LatenessProbe();
    await drive(connection, load, new Recorder());
    return probe.stop();
  },

  async openIdle(count) {
    for (let i = 0; i < count; i++) {
      const another = await transport.connect(address, surroundings);
      await another.call(sampleOrders[0]!);
      idle.push(another);
    }
    return null;
  },

  async closeIdle() {
    await Promise.all(idle.map((another) => another.close()));
    idle = [];
    return null;
  },
});

async function assertAnswers({ call }: Connection): Promise<void> {
  for (const order of sampleOrders) {
    const receipt = await call(order);
    if (!isReceiptFor(order, receipt)) throw new Error(`a wrong answer: ${JSON.stringify(receipt)}`);
  }
}

async function assertRefuses({ call }: Connection): Promise<void> {
  try {
    await call(invalidOrder);
  } catch {
    return;
  }
  throw new Error('the server accepts an invalid order: it does less work than the others');
}
