import type { Transport } from '../transport.js';
import { connectDoorcall, startDoorcallServer, version } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';
import { neverSpins, parked } from './shared/parked.js';

export const transport: Transport = {
  kind: 'ours',
  summary: 'doorcall, asynchronous calls, msgpack, waiting always in the kernel',
  version,
  serverStartedBy: 'runner',
  env: neverSpins,
  startServer: parked((surroundings) => startDoorcallServer(orders, surroundings)),
  connect: parked((directory) => connectDoorcall(orders, directory)),
};
