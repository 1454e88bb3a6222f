/** `npm run test:restarts` */
import { Command } from 'commander';
import {
  exitOnSlip,
  INTERRUPTED,
  interruptSignal,
  positiveInteger,
  writableFile,
  writeJson,
} from '../options.js';
import { formatSeconds, Progress } from '../progress.js';
import { runRestarts } from './restarts.js';

const options = new Command('restarts')
  .description('A server is replaced again and again under load; no call may fail')
  .option('--restarts <n>', 'how often', positiveInteger, 100)
  .option('--clients <n>', 'client processes', positiveInteger, 3)
  .option('--seed <n>', 'chance that comes out the same again', positiveInteger, 1)
  .option('--json <file>', 'write the result to this file', writableFile)
  .exitOverride(exitOnSlip)
  .showHelpAfterError('(--help lists what there is)')
  .parse()
  .opts<{ restarts: number; clients: number; seed: number; json?: string }>();

const signal = interruptSignal();
const progress = new Progress(options.restarts);
const began = performance.now();
const result = await runRestarts({
  ...options,
  signal,
  progress(done, words) {
    const left = ((performance.now() - began) / done / 1_000) * (options.restarts - done);
    progress.at(
      options.restarts - done,
      `${done}/${options.restarts} restarts, ${words}`,
      formatSeconds(left),
    );
  },
});
progress.end();

const { restarts, seconds, totals, failed, failures, violations, violationCount } = result;
process.stdout.write(
  `\n${restarts} restarts in ${seconds} s under ${options.clients} client processes: ${totals.begun} calls, ${failed} failed` +
    `${failed === 0 ? '' : ` (${JSON.stringify(failures)})`}, ${violationCount} violations\n` +
    violations.map((words) => `  ${words}\n`).join(''),
);
if (options.json !== undefined) writeJson(options.json, result);
if (failed > 0 || violationCount > 0) process.exitCode = 1;
else if (signal.aborted) process.exitCode = INTERRUPTED;
