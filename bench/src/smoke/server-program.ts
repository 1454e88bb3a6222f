/** The server process of a smoke trial. */
import { cpuUs, idleCpuPercent } from '../measure/cpu.js';
import { LatenessProbe } from '../measure/lateness.js';
import { heldMemory } from '../measure/memory.js';
import { obey } from '../processes/obey.js';
import { serverSurroundings } from '../surroundings.js';
import { loadCallable } from '../transports.js';
import type { ServerCommands } from './commands.js';

let probe: LatenessProbe | undefined;

obey<ServerCommands>({
  cpu: cpuUs,
  memory: heldMemory,
  idleCpu: ({ settleMs, windowMs }) => idleCpuPercent(settleMs, windowMs),
  async listen({ transport: name, directory }) {
    const transport = await loadCallable(name);
    const server = await transport.startServer(serverSurroundings(directory));
    return server.address;
  },
  startProbe() {
    probe = new LatenessProbe();
    return null;
  },
  stopProbe: () => probe!.stop(),
});
