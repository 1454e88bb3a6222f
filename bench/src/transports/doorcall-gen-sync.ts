import { connect } from '@doorcall/core';
import type { Transport } from '../transport.js';
import { startGeneratedServer } from './shared/doorcall-orders-gen.js';
import { orders } from './shared/orders.gen.js';

export const transport: Transport = {
  summary: 'doorcall, calls that block the calling thread (.sync), generated code',
  serverStartedBy: 'runner',
  cannot: { concurrent: 'a blocking call leaves no thread for a second one' },
  startServer: startGeneratedServer,
  async connect(directory) {
    const client = connect(orders, { directory });
    await client.ready();
    return { mode: 'sync', call: (order) => client.place.sync(order), close: () => client.close() };
  },
};
