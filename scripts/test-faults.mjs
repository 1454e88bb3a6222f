// npm run test:faults -- <options of test/faults/run.mjs>
import { readOptions, USAGE } from '../test/faults/lib/options.mjs';
import { straceProblem } from '../test/faults/lib/strace.mjs';
import { build } from './lib/build.mjs';
import { fail, refuse } from './lib/fail.mjs';
import { handOver } from './lib/hand-over.mjs';
import { run } from './lib/run.mjs';

const options = readOptions(process.argv.slice(2));
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}
const problem = options.problem ?? (options.syscalls ? straceProblem() : undefined);
if (problem !== undefined) refuse(problem);
await build('@doorcall/core');
console.log('> building the addon with failpoints');
const debug = await run(process.execPath, ['packages/native/scripts/build.mjs', '--debug'], { quiet: true });
if (debug.code !== 0) fail(`the build with failpoints failed:\n${debug.stdout}${debug.stderr}`);
handOver(process.execPath, ['test/faults/run.mjs', ...process.argv.slice(2)]);
