import type { Transport } from '../transport.js';
import { startHttpServer } from './shared/http-orders.js';
import { connectByUndici, version } from './shared/undici-client.js';

export const transport: Transport = {
  kind: 'peer',
  summary: 'undici pool with pipelining against node:http, loopback TCP, JSON',
  version,
  serverStartedBy: 'runner',
  startServer: ({ checked }) => startHttpServer(checked),
  connect: async (origin, { checked }) => connectByUndici(origin, {}, checked),
};
