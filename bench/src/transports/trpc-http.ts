import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTRPCClient, httpLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { Agent, fetch } from 'undici';
import { Document, Order } from '../payload.js';
import type { Transport, Work } from '../transport.js';
import { httpServer, trpcAgent } from './settings.js';
import { installed } from './shared/version.js';

const t = initTRPC.create();

/** tRPC validates the input itself, by the schema that it is given. */
function routerOf(work: Work) {
  return t.router({
    place: t.procedure.input(Order).mutation(({ input }) => work.place(input)),
    echo: t.procedure.input(Document).mutation(({ input }) => work.echo(input)),
  });
}

export const transport: Transport = {
  kind: 'peer',
  summary: 'tRPC on node:http (standalone adapter) with httpLink on undici, loopback TCP, JSON',
  version: installed('@trpc/server'),
  serverStartedBy: 'runner',
  cannot: { bytes: 'tRPC takes bytes as input, and cannot answer with any: its answers are JSON' },

  async startServer({ work }) {
    const server = createServer(httpServer, createHTTPHandler({ router: routerOf(work) }));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return {
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  },

  async connect(url, { checked }) {
    // The global fetch has one pool for the whole process, and this is to be a connection of its own.
    const dispatcher = new Agent(trpcAgent);
    type Fetch = NonNullable<Parameters<typeof httpLink>[0]['fetch']>;
    const ownFetch = ((input: string, init: object) =>
      fetch(input, { ...init, dispatcher })) as unknown as Fetch;
    const client = createTRPCClient<ReturnType<typeof routerOf>>({
      links: [httpLink({ url, fetch: ownFetch })],
    });
    return {
      mode: 'async',
      place: async (order) => checked.receipt(await client.place.mutate(order)),
      echo: async (document) => checked.document(await client.echo.mutate(document)),
      bytes: () => Promise.reject(new Error(transport.cannot!.bytes)),
      close: () => dispatcher.close(),
    };
  },
};
