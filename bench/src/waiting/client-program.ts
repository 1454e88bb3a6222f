/** A client process of the waiting benchmark: one asynchronous call at a time, as a Node service makes them. */
import { connect, type ServiceClient } from '@doorcall/core';
import { Recorder } from '@doorcall/load';
import { cpuUs } from '../measure/cpu.js';
import { obey } from '../processes/obey.js';
import type { ClientCommands, WaitingLoad } from './commands.js';
import { workService } from './contract.js';
import { pause } from './gap.js';
import { assertPolicyIsKnown } from './policy-check.js';

let client: ServiceClient<ReturnType<typeof workService>>;

obey<ClientCommands>({
  cpu: cpuUs,
  async connect({ service }) {
    assertPolicyIsKnown();
    client = connect(workService(service));
    await client.ready();
    return null;
  },
  async warmUp(load) {
    await makeCalls(load);
    return null;
  },
  async measure(load) {
    return (await makeCalls(load)).finish().toJSON();
  },
});

async function makeCalls({ gapUs, handlerUs, durationMs }: WaitingLoad): Promise<Recorder> {
  const recorder = new Recorder();
  const end = performance.now() + durationMs;
  for (;;) {
    const before = performance.now();
    if (before >= end) return recorder;
    await client.work(handlerUs);
    recorder.record((performance.now() - before) * 1e6);
    const pausing = pause(gapUs);
    if (pausing !== undefined) await pausing;
  }
}
