import type { Transport } from '../transport.js';
import { connectDoorcallSync, oneAtATime, startDoorcallServer, version } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';

export const transport: Transport = {
  kind: 'ours',
  summary: 'doorcall, calls that block the calling thread (.sync), default settings (msgpack)',
  version,
  serverStartedBy: 'runner',
  cannot: oneAtATime,
  startServer: (surroundings) => startDoorcallServer(orders, surroundings),
  connect: (directory) => connectDoorcallSync(orders, directory),
};
