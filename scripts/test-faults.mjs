// npm run test:faults -- <options of test/faults/run.mjs>
import { begin } from '../test/faults/lib/begin.mjs';
import { build } from './lib/build.mjs';
import { fail } from './lib/fail.mjs';
import { handOver } from './lib/hand-over.mjs';
import { run } from './lib/run.mjs';

begin();
await build('@doorcall/core');
console.log('> building the addon with failpoints');
const debug = await run(process.execPath, ['packages/native/scripts/build.mjs', '--debug'], { quiet: true });
if (debug.code !== 0) fail(`the build with failpoints failed:\n${debug.stdout}${debug.stderr}`);
handOver(process.execPath, ['test/faults/run.mjs', ...process.argv.slice(2)]);
