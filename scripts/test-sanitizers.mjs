// The C++ tests under ThreadSanitizer, then under AddressSanitizer with UndefinedBehaviorSanitizer.
import { runCppTests } from './lib/cpp-tests.mjs';

const total = { passed: 0, failed: 0 };
for (const sanitize of ['thread', 'address,undefined']) {
  const { passed, failed } = await runCppTests({ sanitize });
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
