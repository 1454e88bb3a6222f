import type { Transport } from '../transport.js';
import { startHttpServer } from './shared/http-orders.js';
import { connectByNodeHttp } from './shared/node-http-client.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'node:http on both ends, keep-alive over loopback TCP, JSON',
  version: node,
  serverStartedBy: 'runner',
  startServer: ({ checked }) => startHttpServer(checked),
  async connect(address, { checked }) {
    const { hostname, port } = new URL(address);
    return connectByNodeHttp({ hostname, port }, checked);
  },
};
