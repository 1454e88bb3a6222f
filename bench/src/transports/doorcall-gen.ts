import { connect } from '@doorcall/core';
import type { Transport } from '../transport.js';
import { startGeneratedServer } from './shared/doorcall-orders-gen.js';
import { orders } from './shared/orders.gen.js';

export const transport: Transport = {
  summary: 'doorcall, asynchronous calls, generated code',
  serverStartedBy: 'runner',
  startServer: startGeneratedServer,
  async connect(directory) {
    const client = connect(orders, { directory });
    await client.ready();
    return { mode: 'async', call: (order) => client.place(order), close: () => client.close() };
  },
};
