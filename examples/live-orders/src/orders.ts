import { parseArgs } from 'node:util';
import { serve } from '@doorcall/core';
import { EventLog } from './event-log.js';
import { makeHandlers } from './handlers.js';
import { orders } from './live-orders.gen.js';
import { onTermination } from './termination.js';

const { values: flags } = parseArgs({
  strict: false,
  options: { 'step-ms': { type: 'string', default: '1500' } },
});

const log = new EventLog();
const server = await serve(orders, makeHandlers(log, Number(flags['step-ms'])));
onTermination('orders', async () => {
  // A subscription does not end by itself, and a drain would wait for it until its time is up.
  log.close();
  await server.drain();
});
console.log(`orders: ready at ${server.address}`);
