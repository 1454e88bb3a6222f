/** The client process of a smoke trial. */
import { Recorder } from '@doorcall/load';
import { cpuUs, idleCpuPercent } from '../measure/cpu.js';
import { LatenessProbe } from '../measure/lateness.js';
import { drive, type Load } from '../measure/load.js';
import { heldMemory } from '../measure/memory.js';
import { sampleOrders } from '../payload.js';
import { obey } from '../processes/obey.js';
import { assertAnswers, assertRefuses } from '../proof.js';
import { clientSurroundings } from '../surroundings.js';
import type { Connection, Transport } from '../transport.js';
import { loadCallable } from '../transports.js';
import type { ClientCommands } from './commands.js';

let transport: Transport;
let address: string;
let connection: Connection;
let idle: Connection[] = [];

const surroundings = clientSurroundings(new URL('./server-program.js', import.meta.url));

obey<ClientCommands>({
  cpu: cpuUs,
  memory: heldMemory,
  idleCpu: ({ settleMs, windowMs }) => idleCpuPercent(settleMs, windowMs),

  async connect(argument) {
    transport = await loadCallable(argument.transport);
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
      await another.place(sampleOrders[0]!);
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
