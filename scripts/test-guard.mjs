// npm run test:guard [-- --json FILE | --renew]
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/bench');
handOver(process.execPath, ['bench/dist/cli.js', 'guard', ...process.argv.slice(2)]);
