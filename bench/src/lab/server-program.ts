/** The server process (or thread) of a lab trial. */
import { obey } from '../processes/obey.js';
import { clientSurroundings, serverSurroundings } from '../surroundings.js';
import type { Connection, Work } from '../transport.js';
import { loadCallable } from '../transports.js';
import { work } from '../work.js';
import type { ServerCommands } from './commands.js';
import { ownUsage } from './own-usage.js';

const surroundings = clientSurroundings(new URL(import.meta.url));

let placed = 0;

obey<ServerCommands>({
  ...ownUsage,
  async listen({ transport: name, directory, next, counts = false }) {
    const transport = await loadCallable(name);
    const placing = counts ? counting : work;
    const own = next === undefined ? placing : passingOn(await transport.connect(next, surroundings));
    const server = await transport.startServer(serverSurroundings(directory, own));
    return server.address;
  },
  placed: () => placed,
});

const counting: Work = {
  ...work,
  place(order) {
    placed += 1;
    return work.place(order);
  },
};

/** An order is placed when the next server has placed it: the receipt is that one's. */
function passingOn(next: Connection): Work {
  return { ...work, place: (order) => next.place(order) };
}
