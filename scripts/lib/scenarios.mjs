// What test:overload and test:leaks have in common: scenarios that are vitest tests, with a long form and figures.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { fail } from './fail.mjs';
import { toolsFolder } from './paths.mjs';
import { runVitest } from './vitest-tests.mjs';

/** Runs the tests that the arguments select, and ends the process: 0 when some have passed and none has failed. */
export async function runScenarios(name, projects) {
  const { long, only, json } = options(name);
  if (name === 'overload') provideStrace();
  await build('@doorcall/core');
  mkdirSync(toolsFolder, { recursive: true });
  const folder = mkdtempSync(path.join(toolsFolder, `${name}-`));
  const figures = path.join(folder, 'figures.jsonl');
  writeFileSync(figures, '');
  try {
    const args = [...projects, '--no-file-parallelism', ...(only === undefined ? [] : ['-t', only])];
    const env = { ...process.env, DOORCALL_FIGURES: figures, ...(long && { DOORCALL_LONG: '1' }) };
    const { passed, failed } = await runVitest(args, { name, env });
    if (json !== undefined) {
      const scenarios = readFileSync(figures, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
      const report = {
        command: name,
        form: long ? 'long' : 'short',
        node: process.version,
        passed,
        failed,
        scenarios,
      };
      writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
    }
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options(name) {
  try {
    const { values } = parseArgs({
      options: {
        long: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
    return { ...values, json: values.json === undefined ? undefined : path.resolve(values.json) };
  } catch (error) {
    fail(`test:${name} takes --long, --only NAME and --json FILE: ${error.message}`);
  }
}

/** The named run must not leave out the failing system calls for want of a package; `npm test` may, and says so. */
function provideStrace() {
  const runs = () => spawnSync('strace', ['-V'], { stdio: 'ignore' }).status === 0;
  if (runs()) return;
  if (process.getuid() === 0) spawnSync('apt-get', ['install', '-y', 'strace'], { stdio: 'inherit' });
  if (!runs()) fail('strace is not on PATH; it makes system calls fail (Debian: apt install strace).');
}
