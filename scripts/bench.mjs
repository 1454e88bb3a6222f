// npm run bench -- <arguments of the benchmark>
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/bench');
handOver(process.execPath, ['bench/dist/cli.js', ...process.argv.slice(2)]);
