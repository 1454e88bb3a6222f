import { parseArgs } from 'node:util';
import { serve } from '@doorcall/core';
import { importer } from './bulk-import.gen.js';
import { Catalogue } from './catalogue.js';
import { makeHandlers } from './handlers.js';

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string', default: 'catalogue.db' },
    'batch-rows': { type: 'string', default: '500' },
    'commit-ms': { type: 'string', default: '0' },
  },
});

const catalogue = new Catalogue(flags.database);
const handlers = makeHandlers(catalogue, {
  batchRows: Number(flags['batch-rows']),
  commitMs: Number(flags['commit-ms']),
});
const server = await serve(importer, handlers);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    // Imports that are under way are finished, if they are quick about it; the others go on with the next server.
    await server.drain({ timeoutMs: 30_000 });
    catalogue.close();
    console.log('server: ended');
  });
}
console.log(`server: ready at ${server.address}`);
