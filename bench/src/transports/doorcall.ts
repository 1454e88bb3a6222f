import { connect } from '@doorcall/core';
import type { Transport } from '../transport.js';
import { startDoorcallServer } from './shared/doorcall-orders.js';
import { orders } from './shared/orders.service.js';

export const transport: Transport = {
  summary: 'doorcall, asynchronous calls, default settings (msgpack)',
  serverStartedBy: 'runner',
  startServer: startDoorcallServer,
  async connect(directory) {
    const client = connect(orders, { directory });
    await client.ready();
    return { mode: 'async', call: (order) => client.place(order), close: () => client.close() };
  },
};
