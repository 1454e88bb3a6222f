import { parseArgs } from 'node:util';
import { orders } from '../contracts/orders.gen.js';
import { listen } from '../http/listener.js';
import { COMMON_FLAGS, commonOptions } from '../options.js';
import { onTermination } from '../termination.js';
import { connectBy } from '../transport.js';
import { Front } from './front.js';

const { values: flags } = parseArgs({
  options: {
    ...COMMON_FLAGS,
    port: { type: 'string', default: '8080' },
    orders: { type: 'string', default: 'http://127.0.0.1:4001' },
    'timeout-ms': { type: 'string', default: '5000' },
  },
});
const { transport } = commonOptions(flags);

const client = connectBy(transport, orders, flags.orders);
const front = new Front(client, Number(flags['timeout-ms']));
const listener = await listen(Number(flags.port), (request, response) => front.handle(request, response));
onTermination('gateway', async () => {
  await listener.drain();
  await client.close();
});
console.log(`gateway: ready at ${listener.address}`);
