// The C++ tests compiled for arm64, under emulation.

import { arm64Packages, arm64Purpose, arm64Target, cannotBeEmulated } from './lib/arm64.mjs';
import { readCommandLine } from './lib/command-line.mjs';
import { runCppTests, testNames } from './lib/cpp-tests.mjs';
import { provideCommands } from './lib/debian.mjs';
import { refuse } from './lib/fail.mjs';

const help = `npm run test:arm64 -- [file ...]

Compiles the C++ tests for arm64 and runs them under emulation (needs g++-aarch64-linux-gnu and qemu-user); on arm64 as they
are. With names: those files of packages/native/test only, ring_transfer for example.
Exit code 1 when a test fails, 2 for wrong use or what is not installed.`;

const { positionals: names } = readCommandLine({ help, positionals: true });
for (const name of names) {
  if (!testNames().includes(name)) refuse(`there is no C++ test file ${name}.`);
}
const target = arm64Target();
if (target !== undefined) provideCommands(arm64Packages, arm64Purpose);

const skipped = target === undefined ? {} : cannotBeEmulated;
const wanted = (name) => (names.length > 0 ? names.includes(name) : !Object.hasOwn(skipped, name));
const { passed, failed } = await runCppTests({ cross: target, wanted });
if (names.length === 0) {
  for (const [name, why] of Object.entries(skipped)) console.log(`not run: ${name} (${why})`);
}
if (target !== undefined) {
  console.log(
    'This does not exercise weak ordering: what is emulated is ordered as this processor orders it. ' +
      'The model exercises it: npm run check:model.',
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
