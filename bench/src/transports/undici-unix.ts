import { join } from 'node:path';
import type { Transport } from '../transport.js';
import { startHttpServer } from './shared/http-orders.js';
import { connectByUndici, version } from './shared/undici-client.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'undici pool with pipelining against node:http, Unix socket, JSON',
  version,
  serverStartedBy: 'runner',
  startServer: ({ checked, directory }) => startHttpServer(checked, { path: join(directory, 'http.sock') }),
  connect: async (socketPath, { checked }) => connectByUndici('http://localhost', { socketPath }, checked),
};
