// The attacks of hostile peers, alone: a polite client's p99 is then held to 1 ms, not to what other tests leave of the
// CPUs.
import { build } from './lib/build.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { refuse } from './lib/fail.mjs';
import { runVitest } from './lib/vitest-tests.mjs';

const help = `npm run test:hostile -- [-t PATTERN]

Attacks servers and clients by a peer that does with its socket, descriptors and memory whatever it can, one attack after
the other, and holds what a polite client feels of each to 1 ms. Nothing else should run on the machine.
  -t, --only PATTERN  attacks whose name matches this regular expression
Exit code 1 when a test fails, 2 for wrong use.`;

const { only } = readCommandLine({ help, options: { only: { type: 'string', short: 't' } } }).values;
await build('@doorcall/core');
const { passed, failed } = await runVitest(
  ['packages/core/test/hostile', '--no-file-parallelism', ...(only === undefined ? [] : ['-t', only])],
  { name: 'hostile', env: { ...process.env, DOORCALL_ALONE: '1' } },
);
if (only !== undefined && passed + failed === 0) refuse(`no attack matches ${only}.`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
