import { serve } from '@doorcall/core';
import { worker } from '../contract.js';
import { onTermination } from '../termination.js';
import { Connections } from './connections.js';

const [name = 'worker'] = process.argv.slice(2);

const connections = new Connections(async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(`${name} ${process.pid} ${request.method} ${request.url} ${bytes}\n`);
});

const server = await serve(
  worker,
  {
    async *take(connection) {
      const closed = connections.add(connection.toSocket({ allowHalfOpen: true }));
      yield name;
      await closed;
    },
  },
  { name, acceptFds: true, limits: { maxInFlightPerConnection: 10_000 } },
);

const stop = onTermination(name, async () => {
  connections.drain();
  // Waits for its calls: for the connections that are left.
  await server.drain();
  process.stdin.destroy();
});
// The supervisor is gone.
process.stdin.resume().once('end', stop);
