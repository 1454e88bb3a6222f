// The C++ tests compiled for arm64, under emulation.   npm run test:arm64 [-- ring_transfer ...]

import { arm64Packages, arm64Purpose, arm64Target, cannotBeEmulated } from './lib/arm64.mjs';
import { runCppTests } from './lib/cpp-tests.mjs';
import { provideCommands } from './lib/debian.mjs';

const target = arm64Target();
if (target !== undefined) provideCommands(arm64Packages, arm64Purpose);

const names = process.argv.slice(2);
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
