import type { Transport } from '../transport.js';
import { connectDoorcall, startDoorcallServer, version } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';

export const transport: Transport = {
  kind: 'ours',
  summary: 'doorcall, asynchronous calls, default settings (msgpack)',
  version,
  serverStartedBy: 'runner',
  startServer: (surroundings) => startDoorcallServer(orders, surroundings),
  connect: (directory) => connectDoorcall(orders, directory),
};
