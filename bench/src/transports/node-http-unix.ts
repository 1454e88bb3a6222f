import { join } from 'node:path';
import type { Transport } from '../transport.js';
import { startHttpServer } from './shared/http-orders.js';
import { connectByNodeHttp } from './shared/node-http-client.js';
import { node } from './shared/version.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'node:http on both ends, keep-alive over a Unix socket, JSON',
  version: node,
  serverStartedBy: 'runner',
  startServer: ({ checked, directory }) => startHttpServer(checked, { path: join(directory, 'http.sock') }),
  connect: async (socketPath, { checked }) => connectByNodeHttp({ socketPath }, checked),
};
