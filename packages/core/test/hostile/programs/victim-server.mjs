// The process whose servers are attacked: one server for each attack, so that each has a log of its own.
import { ServerCore } from '../../../dist/server/server.js';
import { createShmAcceptor } from '../../../dist/transport/shm/index.js';
import { keepingLogger, obey, prototypes, violationsOf } from './commands.mjs';
import { handlers, target } from './contract.mjs';

const servers = new Map();
const count = violationsOf('server');

obey({
  async serve({ directory, handshakeTimeoutMs }) {
    const lines = [];
    const logger = keepingLogger(lines);
    const server = new ServerCore(target, handlers, { logger, acceptFds: 1 });
    await server.listen(
      createShmAcceptor({ directory, logger, ...(handshakeTimeoutMs && { handshakeTimeoutMs }) }),
    );
    servers.set(directory, { server, lines });
  },
  /** What was logged, when nobody but so many polite clients is connected. */
  async calm({ directory, polite = 0 }) {
    const { server, lines } = servers.get(directory);
    while (server.stats().connections > polite) await new Promise((resolve) => setTimeout(resolve, 1));
    return { lines, prototypes: prototypes() };
  },
  violations: () => count.violations,
  async close({ directory }) {
    await servers.get(directory).server.close();
    servers.delete(directory);
  },
});
