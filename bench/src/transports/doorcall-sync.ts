import { connect } from '@doorcall/core';
import type { Transport } from '../transport.js';
import { startDoorcallServer } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';

export const transport: Transport = {
  summary: 'doorcall, calls that block the calling thread (.sync), default settings (msgpack)',
  serverStartedBy: 'runner',
  cannot: { concurrent: 'a blocking call leaves no thread for a second one' },
  startServer: startDoorcallServer,
  async connect(directory) {
    const client = connect(orders, { directory });
    await client.ready();
    return { mode: 'sync', call: (order) => client.place.sync(order), close: () => client.close() };
  },
};
