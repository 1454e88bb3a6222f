// npm run soak -- <arguments of the soak>
import { build } from './lib/build.mjs';
import { provideCommands } from './lib/debian.mjs';
import { handOver } from './lib/hand-over.mjs';

const args = process.argv.slice(2);
const needsNone = ['--no-pressure', '--help', '-h'].some((flag) => args.includes(flag));
if (!needsNone)
  provideCommands({ 'stress-ng': 'stress-ng' }, 'it presses on CPU and memory; or run with --no-pressure');
await build('@doorcall/soak');
handOver(process.execPath, ['soak/dist/cli.js', ...args]);
