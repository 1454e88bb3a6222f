// Builds what the orders example needs, then lets it tell its own story.
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/example-orders');
handOver(process.execPath, ['examples/orders/dist/quickstart/main.js']);
