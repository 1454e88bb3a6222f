// npm run test:restarts -- <arguments of soak/src/restarts>
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';

await build('@doorcall/soak');
handOver(process.execPath, ['soak/dist/restarts/cli.js', ...process.argv.slice(2)]);
