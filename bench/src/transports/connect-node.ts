import { createServer, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { connectNodeAdapter, createConnectTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { Transport } from '../transport.js';
import { connectClient, connectHandlers } from './settings.js';
import { Orders } from './shared/orders_pb.js';
import { installed } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'connect-node on both ends, Connect protocol over HTTP/2 without TLS, loopback TCP, protobuf',
  version: installed('@connectrpc/connect-node'),
  serverStartedBy: 'runner',

  async startServer({ checked }) {
    const handle = connectNodeAdapter({
      ...connectHandlers,
      routes: (router) =>
        router.service(Orders, {
          place: (order) => refusing(() => checked.place(order)),
          echo: (document) => refusing(() => checked.echo(document)),
          bytes: ({ bytes }) => refusing(() => ({ bytes: checked.bytes(bytes) })),
        }),
    });
    const server = createServer(handle);
    const sessions = new Set<Http2Session>();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return {
      address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          for (const session of sessions) session.destroy();
        }),
    };
  },

  async connect(baseUrl, { checked }) {
    const sessionManager = new Http2SessionManager(baseUrl);
    const client = createClient(
      Orders,
      createConnectTransport({ ...connectClient, baseUrl, httpVersion: '2', sessionManager }),
    );
    return {
      mode: 'async',
      place: async (order) => checked.receipt(await client.place(order)),
      echo: async (document) => checked.document(await client.echo(document)),
      bytes: async (bytes) => checked.bytes((await client.bytes({ bytes })).bytes),
      async close() {
        sessionManager.abort();
      },
    };
  },
};

/** Any other error would reach the client without its reason. */
async function refusing<Answer>(work: () => Answer | Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw new ConnectError(String(error), Code.InvalidArgument);
  }
}
