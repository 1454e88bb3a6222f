// The attacks of hostile peers, alone: a polite client's p99 is then held to 1 ms, not to what other tests leave of the
// CPUs.   npm run test:hostile [-- -t PATTERN]
import { build } from './lib/build.mjs';
import { runVitest } from './lib/vitest-tests.mjs';

await build('@doorcall/core');
const { passed, failed } = await runVitest(
  ['packages/core/test/hostile', '--no-file-parallelism', ...process.argv.slice(2)],
  { name: 'hostile', env: { ...process.env, DOORCALL_ALONE: '1' } },
);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
