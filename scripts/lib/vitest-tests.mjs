import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { toolsFolder } from './paths.mjs';
import { run } from './run.mjs';

const reporter = fileURLToPath(new URL('counts-reporter.mjs', import.meta.url));

/** Runs vitest with the arguments and counts; a file that cannot be loaded and an unhandled error count as failed. */
export async function runVitest(args, { env = process.env, name = 'vitest' } = {}) {
  mkdirSync(toolsFolder, { recursive: true });
  const report = path.join(toolsFolder, `${name}-report-${process.pid}.json`);
  try {
    const { code } = await run('vitest', ['run', ...args, '--reporter=default', `--reporter=${reporter}`], {
      env: { ...env, DOORCALL_TEST_REPORT: report },
    });
    return counts(code, readReport(report));
  } finally {
    rmSync(report, { force: true });
  }
}

function counts(code, report) {
  if (report === undefined) return { passed: 0, failed: 1 };
  const unloadable = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + unloadable;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
