// Builds the C++ tests and runs each executable.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { run } from './run.mjs';

export const testFolder = path.join(repositoryRoot, 'packages', 'native', 'test');
const hangLimitMs = 180_000;
/** What is on by default on some platforms only. */
export const sanitizerEnvironment = {
  ...process.env,
  ASAN_OPTIONS: ['detect_leaks=1', process.env.ASAN_OPTIONS].filter(Boolean).join(':'),
};

/**
 * How many tests passed and failed; a build that fails, a crash and a hang each count as one failed.
 *
 * @param cross another processor: its name, the compiler for it, and the command that runs what that has made.
 * @param wanted whether a test file, by its name without the suffix, is built and run.
 */
export async function runCppTests({ sanitize = '', cross, wanted = () => true } = {}) {
  const names = testNames().filter(wanted);
  const settings = [`SANITIZE=${sanitize}`];
  if (cross !== undefined) settings.push(`CXX=${cross.compiler}`, `TARGET=${cross.name}`);
  const variant = [...sanitize.split(','), cross?.name ?? ''].filter((part) => part !== '');
  const label = variant.length === 0 ? '' : ` (${variant.join(',')})`;
  console.log(`> building ${names.length} C++ test files${label}`);
  const make = await run('make', [
    '--silent',
    '-j2',
    '-C',
    testFolder,
    ...settings,
    `ONLY=${names.join(' ')}`,
  ]);
  if (make.code !== 0) return { passed: 0, failed: 1 };

  const built = path.join(testFolder, '..', 'build', ['test', ...variant].join('-'));
  const total = { passed: 0, failed: 0 };
  for (const name of names) {
    console.log(`${name}${label}`);
    const counts = await runExecutable(path.join(built, name), sanitize, cross?.runner);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
}

/** Where the Makefile puts what it builds. */
export function builtFolder(sanitize, suffix = '') {
  const sanitizers = sanitize === '' ? '' : `-${sanitize.replaceAll(',', '-')}`;
  return path.join(testFolder, '..', 'build', `test${sanitizers}${suffix}`);
}

/** Names of the test files, without the suffix. */
export function testNames() {
  return readdirSync(testFolder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => name.slice(0, -'.cc'.length))
    .sort();
}

/** How to start an executable that was built with these sanitizers. @param runner a command that runs it. */
export async function commandFor(file, sanitize, runner = []) {
  // TSan of older compilers cannot start where the kernel randomises addresses over more bits than it knows.
  return sanitize === 'thread' && (await canFixAddresses())
    ? ['setarch', process.arch === 'x64' ? 'x86_64' : 'aarch64', '-R', file]
    : [...runner, file];
}

async function runExecutable(file, sanitize, runner) {
  const [command, ...args] = await commandFor(file, sanitize, runner);
  const { code, stdout } = await run(command, args, { timeoutMs: hangLimitMs, env: sanitizerEnvironment });
  const summary = /(\d+) passed, (\d+) failed\s*$/.exec(stdout);
  if (summary === null) {
    console.error(`  ${path.basename(file)} ended before its last line (exit code ${code})`);
    return { passed: 0, failed: 1 };
  }
  const passed = Number(summary[1]);
  const failed = Number(summary[2]);
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

let fixable;
async function canFixAddresses() {
  fixable ??= run('sh', ['-c', 'setarch "$(uname -m)" -R true 2>/dev/null'], { quiet: true });
  return (await fixable).code === 0;
}
