// The C++ tests under ThreadSanitizer, then under AddressSanitizer with UndefinedBehaviorSanitizer and LeakSanitizer.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readCommandLine } from './lib/command-line.mjs';
import { runCppTests, sanitizerEnvironment, testNames } from './lib/cpp-tests.mjs';
import { refuse } from './lib/fail.mjs';
import { run } from './lib/run.mjs';

const help = `npm run test:sanitizers -- [PART ...]

Compiles the C++ tests with ThreadSanitizer and runs them, then with AddressSanitizer, UndefinedBehaviorSanitizer and
LeakSanitizer. With words: only the files of packages/native/test with one of them in their name.
Exit code 1 when a test fails or a sanitizer complains, 2 for wrong use.`;

const { positionals: parts } = readCommandLine({ help, positionals: true });
const wanted = (name) => parts.length === 0 || parts.some((part) => name.includes(part));

if (!testNames().some(wanted)) refuse(`no C++ test file has ${parts.join(' or ')} in its name.`);

const total = { passed: 0, failed: 0 };
for (const sanitize of ['thread', 'address,undefined']) {
  const { passed, failed } = await runCppTests({ sanitize, wanted });
  total.passed += passed;
  total.failed += failed;
}
const seen = await leaksAreSeen();
console.log(
  seen ? 'a leak made on purpose was found' : 'LeakSanitizer does not find a leak made on purpose here',
);
total[seen ? 'passed' : 'failed'] += 1;
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** Where LeakSanitizer cannot work (under a debugger, say), "no leaks" says nothing. */
async function leaksAreSeen() {
  const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-leak-'));
  try {
    const source = path.join(folder, 'leak.cc');
    writeFileSync(source, 'void* kept;\nint main() { kept = new char[100]; kept = nullptr; }\n');
    const [compiler, ...flags] = (process.env.CXX ?? 'g++').split(' ');
    const args = [...flags, '-O0', '-fsanitize=address', source, '-o', path.join(folder, 'leak')];
    if ((await run(compiler, args)).code !== 0) return false;
    const { code, stderr } = await run(path.join(folder, 'leak'), [], {
      env: sanitizerEnvironment,
      quiet: true,
    });
    return code !== 0 && stderr.includes('LeakSanitizer');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
