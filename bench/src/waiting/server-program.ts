/** A server process of the waiting benchmark: works, and in a chain calls the next one before it answers. */
import { connect, serve } from '@doorcall/core';
import { cpuUs } from '../measure/cpu.js';
import { obey } from '../processes/obey.js';
import type { ServerCommands } from './commands.js';
import { workService } from './contract.js';
import { assertPolicyIsKnown } from './policy-check.js';
import { calibrateWork } from './work.js';

const workFor = calibrateWork();

obey<ServerCommands>({
  cpu: cpuUs,
  async listen({ service, next }) {
    assertPolicyIsKnown();
    if (next === undefined) {
      await serve(workService(service), {
        work(us) {
          workFor(us);
          return us;
        },
      });
      return null;
    }
    const nextServer = connect(workService(next));
    await nextServer.ready();
    await serve(workService(service), {
      async work(us) {
        workFor(us);
        return await nextServer.work(us);
      },
    });
    return null;
  },
});
