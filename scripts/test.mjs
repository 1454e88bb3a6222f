// Everything that must hold before a change lands. The last line is `N passed, N failed`, over all runners; a linter or
// a type check counts as one.
import { runCppTests } from './lib/cpp-tests.mjs';
import { runMutationTests } from './lib/mutation-tests.mjs';
import { runRingStress } from './lib/ring-stress.mjs';
import { run } from './lib/run.mjs';
import { runVitest } from './lib/vitest-tests.mjs';
import { mutants } from './mutants/index.mjs';

const asOne = async (command, args) => {
  const { code } = await run(command, args);
  return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

const turbo = (task) => asOne('turbo', ['run', task, '--output-logs=errors-only', '--continue']);

/** Projects that must not run beside others. */
const measuring = ['overload', 'leaks'];

const steps = [
  { name: 'build', execute: () => turbo('build') },
  { name: 'lint', execute: () => asOne('biome', ['ci', '--error-on-warnings', '--colors=off', '.']) },
  { name: 'C++ format', execute: () => asOne('node', ['scripts/clang-format.mjs']) },
  { name: 'arrows', execute: () => asOne('node', ['scripts/check-arrows.mjs']) },
  { name: 'generated code', execute: () => turbo('gen:check') },
  { name: 'types', execute: () => turbo('check') },
  { name: 'C++ tests', execute: () => runCppTests() },
  { name: 'ring under stress', execute: () => runRingStress() },
  { name: 'a few mutants', execute: () => runMutationTests(mutants.filter(({ quick }) => quick)) },
  {
    name: 'unit and process tests',
    execute: () =>
      runVitest([], { env: { ...process.env, DOORCALL_LEAVE_OUT: ['packaging', ...measuring].join() } }),
  },
  {
    name: 'overload and leaks, short forms',
    execute: () =>
      runVitest([...measuring.map((name) => `--project=${name}`), '--no-file-parallelism'], {
        name: 'measuring',
      }),
  },
  { name: 'speed of the hot path', execute: () => asOne('node', ['bench/dist/cli.js', 'guard']) },
  { name: 'packaging tests', execute: () => runVitest(['--project=packaging'], { name: 'packaging' }) },
];

const total = { passed: 0, failed: 0 };
const started = Date.now();
for (const { name, execute } of steps) {
  console.log(`\n> ${name}`);
  const { passed, failed } = await execute();
  total.passed += passed;
  total.failed += failed;
  // A step in which nothing ran has not shown anything.
  if (passed + failed === 0) {
    console.error(`${name}: nothing ran`);
    total.failed += 1;
  }
  console.log(
    `> ${name}: ${passed} passed, ${failed} failed (${Math.round((Date.now() - started) / 1000)} s in all)`,
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
