import type { Transport } from '../transport.js';
import { connectDoorcallSync, oneAtATime, startDoorcallServer, version } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';
import { neverSpins, parked } from './shared/parked.js';

export const transport: Transport = {
  kind: 'ours',
  summary: 'doorcall, calls that block the calling thread (.sync), msgpack, waiting always in the kernel',
  version,
  serverStartedBy: 'runner',
  cannot: oneAtATime,
  env: neverSpins,
  startServer: parked((surroundings) => startDoorcallServer(orders, surroundings)),
  connect: parked((directory) => connectDoorcallSync(orders, directory)),
};
