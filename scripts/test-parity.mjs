// npm run test:parity -- <arguments of packages/codegen/scripts/parity.mjs>
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/core');
handOver(process.execPath, ['packages/codegen/scripts/parity.mjs', ...process.argv.slice(2)]);
