/** The client process of a lab trial. */

import { Recorder } from '@doorcall/load';
import { cpuUs } from '../measure/cpu.js';
import { sampleOrders } from '../payload.js';
import { obey } from '../processes/obey.js';
import { assertAnswers, assertRefuses } from '../proof.js';
import { clientSurroundings } from '../surroundings.js';
import type { Connection, Transport } from '../transport.js';
import { loadCallable } from '../transports.js';
import { CallsBeside } from './beside.js';
import { monotonicMs, sleepUntil } from './clock.js';
import type { ClientCommands } from './commands.js';
import { drive } from './loops.js';
import { measureOpen } from './open-loop.js';
import { ownUsage } from './own-usage.js';

const surroundings = clientSurroundings(new URL('./server-program.js', import.meta.url));

let transport: Transport;
let address: string;
let connection: Connection;
let beside: CallsBeside | undefined;
let idle: Connection[] = [];

/** Connects and makes one call. */
async function connectAnother() {
  const start = performance.now();
  const another = await transport.connect(address, surroundings);
  const connectMs = performance.now() - start;
  await another.place(sampleOrders[0]!);
  return { another, result: { connectMs, firstAnswerMs: performance.now() - start } };
}

obey<ClientCommands>({
  ...ownUsage,

  async connect(argument) {
    transport = await loadCallable(argument.transport);
    address = argument.address;
    const { another, result } = await connectAnother();
    connection = another;
    return result;
  },

  async reconnect() {
    const { another, result } = await connectAnother();
    await another.close();
    return result;
  },

  async check() {
    await assertAnswers(connection);
    await assertRefuses(connection);
    return null;
  },

  async warmUp(load) {
    let calls = 0;
    const elapsedMs = await drive(connection, load, {
      record() {
        calls += 1;
      },
    });
    return calls / elapsedMs;
  },

  async measure({ load, beginMs }) {
    const recorder = new Recorder();
    if (beginMs !== undefined) await sleepUntil(beginMs);
    const cpuBefore = cpuUs();
    const startMs = monotonicMs();
    await drive(connection, load, recorder);
    const endMs = monotonicMs();
    const cpu = cpuUs() - cpuBefore;
    return { startMs, endMs, latencies: recorder.finish().toJSON(), cpuUs: cpu };
  },

  measureOpen: (load) => measureOpen(connection, load),

  beginBeside(content) {
    beside = new CallsBeside(connection, content);
    return null;
  },

  async endBeside() {
    await beside?.stop();
    beside = undefined;
    return null;
  },

  async openIdle(count) {
    for (let i = 0; i < count; i++) idle.push((await connectAnother()).another);
    return null;
  },

  async closeIdle() {
    await Promise.all(idle.map((another) => another.close()));
    idle = [];
    return null;
  },
});
