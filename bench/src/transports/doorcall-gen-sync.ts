import type { Transport } from '../transport.js';
import { connectDoorcallSync, oneAtATime, startDoorcallServer, version } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.gen.js';

export const transport: Transport = {
  kind: 'ours',
  summary: 'doorcall, calls that block the calling thread (.sync), generated code',
  version,
  serverStartedBy: 'runner',
  cannot: oneAtATime,
  startServer: (surroundings) => startDoorcallServer(orders, surroundings),
  connect: (directory) => connectDoorcallSync(orders, directory),
};
