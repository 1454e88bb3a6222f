// Builds the C++ tests and runs each executable.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './paths.mjs';
import { run } from './run.mjs';

const testFolder = path.join(repositoryRoot, 'packages', 'native', 'test');
const hangLimitMs = 180_000;
/** What is on by default on some platforms only. */
export const sanitizerEnvironment = {
  ...process.env,
  ASAN_OPTIONS: ['detect_leaks=1', process.env.ASAN_OPTIONS].filter(Boolean).join(':'),
};

/** How many tests passed and failed; a build that fails, a crash and a hang each count as one failed. */
export async function runCppTests({ sanitize = '' } = {}) {
  const make = await run('make', ['--silent', '-j2', '-C', testFolder, `SANITIZE=${sanitize}`]);
  if (make.code !== 0) return { passed: 0, failed: 1 };

  const suffix = sanitize === '' ? '' : `-${sanitize.replaceAll(',', '-')}`;
  const built = path.join(testFolder, '..', 'build', `test${suffix}`);
  const total = { passed: 0, failed: 0 };
  for (const name of testNames()) {
    console.log(`${name}${sanitize === '' ? '' : ` (${sanitize})`}`);
    const counts = await runExecutable(path.join(built, name), sanitize);
    total.passed += counts.passed;
    total.failed += counts.failed;
  }
  return total;
}

function testNames() {
  return readdirSync(testFolder)
    .filter((name) => name.endsWith('.cc'))
    .map((name) => name.slice(0, -'.cc'.length))
    .sort();
}

async function runExecutable(file, sanitize) {
  // TSan of older compilers cannot start where the kernel randomises addresses over more bits than it knows.
  const [command, ...args] =
    sanitize === 'thread' && (await canFixAddresses())
      ? ['setarch', process.arch === 'x64' ? 'x86_64' : 'aarch64', '-R', file]
      : [file];
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
