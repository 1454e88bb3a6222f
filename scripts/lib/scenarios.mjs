// What test:overload and test:leaks have in common: scenarios that are vitest tests, with a long form and figures.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { readCommandLine } from './command-line.mjs';
import { provideCommands } from './debian.mjs';
import { WRONG_USE } from './fail.mjs';
import { toolsFolder } from './paths.mjs';
import { runVitest } from './vitest-tests.mjs';

/**
 * Runs the tests that the arguments select, and ends the process: 0 when some have passed and none has failed.
 *
 * @param what what is tried, for the help
 * @param packages the Debian package of each command that it needs; `npm test` leaves out what needs one that is missing,
 * the named run must not
 */
export async function runScenarios({ name, what, packages = {} }, projects) {
  const { long, only, json } = options(name, what);
  provideCommands(packages, 'it makes system calls fail');
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
    if (only === undefined || passed + failed > 0) return;
    console.error(`doorcall: no scenario matches ${only}.`);
    process.exitCode = WRONG_USE;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function options(name, what) {
  const help = `npm run test:${name} -- [options]

${what}
  --long       the long form
  --only NAME  scenarios with this in their name: a regular expression
  --json FILE  writes the figures there, too
Exit code 1 when a scenario fails, 2 for wrong use or what is not installed.`;
  const { values } = readCommandLine({
    help,
    options: {
      long: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return { ...values, json: values.json === undefined ? undefined : path.resolve(values.json) };
}
