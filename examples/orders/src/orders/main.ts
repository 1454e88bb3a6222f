import { parseArgs } from 'node:util';
import { inventory } from '../contracts/inventory.gen.js';
import { orders } from '../contracts/orders.gen.js';
import { COMMON_FLAGS, commonOptions } from '../options.js';
import { onTermination } from '../termination.js';
import { connectBy, serveBy } from '../transport.js';
import { orderHandlers } from './handlers.js';
import { OrderBook } from './order-book.js';
import { Settlement } from './settlement.js';

const { values: flags } = parseArgs({
  options: {
    ...COMMON_FLAGS,
    port: { type: 'string', default: '4001' },
    database: { type: 'string', default: 'orders.db' },
    inventory: { type: 'string', default: 'http://127.0.0.1:4002' },
  },
});
const { transport, interceptors } = commonOptions(flags);

const book = new OrderBook(flags.database);
const stock = connectBy(transport, inventory, flags.inventory);
const settlement = new Settlement(book, stock);
const server = await serveBy(transport, orders, orderHandlers(book, settlement), {
  port: Number(flags.port),
  interceptors,
});
onTermination('orders', async () => {
  await server.drain();
  await settlement.stop();
  await stock.close();
  book.close();
});
console.log(`orders: ready at ${server.address}`);
