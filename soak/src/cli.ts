/** `npm run soak` */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import {
  exitOnSlip,
  INTERRUPTED,
  interruptSignal,
  positiveInteger,
  positiveNumber,
  writableFile,
  writeJson,
} from './options.js';
import { canPress } from './pressure.js';
import { formatSeconds, Progress } from './progress.js';
import { pageOf } from './report/page.js';
import { summaryOf } from './report/summary.js';
import { runSoak } from './soak.js';

/** In the current folder: of the repository, with `npm run`. */
const DEFAULT_OUT = 'soak.html';

const program = new Command('soak')
  .description('Calls of every kind under kills, stops, restarts and pressure, with every call accounted for')
  .option('--minutes <n>', 'how long', positiveNumber, 3)
  .option('--seed <n>', 'chance that comes out the same again', positiveInteger)
  .option('--out <file>', `draw the run on this HTML page (default: ${DEFAULT_OUT})`, writableFile)
  .option('--json <file>', 'write the result to this file', writableFile)
  .option('--no-pressure', 'leave CPU and memory alone; otherwise stress-ng is needed')
  .exitOverride(exitOnSlip)
  .showHelpAfterError('(--help lists what there is)')
  .parse();
const options = program.opts<{
  minutes: number;
  seed?: number;
  out?: string;
  json?: string;
  pressure: boolean;
}>();

if (options.pressure && !canPress()) {
  program.error(
    'stress-ng does not run; install it (Debian: apt install stress-ng), or run with --no-pressure.',
  );
}

const out = resolve(options.out ?? DEFAULT_OUT);
try {
  writableFile(out);
} catch (error) {
  program.error(`${out}: ${(error as Error).message}`);
}

const seconds = options.minutes * 60;
const seed = options.seed ?? 1 + Math.floor(Math.random() * (2 ** 31 - 1));
const signal = interruptSignal();
process.stderr.write(`${formatSeconds(seconds)}, seed ${seed}\n`);
const progress = new Progress(seconds);
const result = await runSoak({
  seconds,
  seed,
  press: options.pressure,
  signal,
  progress: (left, words) => progress.at(left, words),
});
progress.end();

process.stdout.write(summaryOf(result));
writeFileSync(out, pageOf(result));
process.stdout.write(`The page: ${out}\n`);
if (options.json !== undefined) writeJson(options.json, result);
if (result.violationCount > 0) process.exitCode = 1;
else if (signal.aborted) process.exitCode = INTERRUPTED;
