// npm run soak -- <arguments of the soak>
import { build } from './lib/build.mjs';
import { provideDebianPackage } from './lib/debian-package.mjs';
import { handOver } from './lib/hand-over.mjs';

const args = process.argv.slice(2);
if (!args.includes('--no-pressure')) provideDebianPackage('stress-ng');
await build('@doorcall/soak');
handOver(process.execPath, ['soak/dist/cli.js', ...args]);
