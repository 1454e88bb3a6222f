// npm run test:fuzz-codec -- <arguments of packages/codegen/scripts/fuzz.mjs>
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/core');
handOver(process.execPath, ['packages/codegen/scripts/fuzz.mjs', ...process.argv.slice(2)]);
