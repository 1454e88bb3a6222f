import { parseArgs } from 'node:util';
import { inventory } from '../contracts/inventory.gen.js';
import { COMMON_FLAGS, commonOptions, quantities } from '../options.js';
import { onTermination } from '../termination.js';
import { serveBy } from '../transport.js';
import { inventoryHandlers } from './handlers.js';
import { Stock } from './stock.js';

const { values: flags } = parseArgs({
  options: {
    ...COMMON_FLAGS,
    port: { type: 'string', default: '4002' },
    database: { type: 'string', default: 'inventory.db' },
    stock: {
      type: 'string',
      multiple: true,
      default: ['espresso-beans=1000', 'filter-papers=1000', 'grinder=3'],
    },
  },
});
const { transport, interceptors } = commonOptions(flags);

const stock = new Stock(flags.database, quantities(flags.stock));
const server = await serveBy(transport, inventory, inventoryHandlers(stock), {
  port: Number(flags.port),
  interceptors,
});
onTermination('inventory', async () => {
  await server.drain();
  stock.close();
});
console.log(`inventory: ready at ${server.address}`);
