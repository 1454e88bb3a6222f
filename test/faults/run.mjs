// npm run test:faults -- --help
import { writeFileSync } from 'node:fs';
import { campaign } from './lib/campaign.mjs';
import { readOptions, USAGE } from './lib/options.mjs';
import { figuresOf, isGood, linesOf } from './lib/report.mjs';
import { straceProblem } from './lib/strace.mjs';

const PROGRESS_MS = 5_000;

const options = readOptions(process.argv.slice(2));
const problem = options.problem ?? (options.syscalls && !options.help ? straceProblem() : undefined);
if (problem !== undefined) {
  console.error(`doorcall: ${problem}`);
  process.exit(2);
}
if (options.help) {
  console.log(USAGE);
  process.exit(0);
}

const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
console.log(`seed ${options.seed}`);
let shown = performance.now();
let done = 0;
let begun;
const groups = await campaign(options, ({ job, result, left }) => {
  // At once, too: a long run may be given up.
  for (const text of result.violations) console.log(`${job.side} ${job.action} at ${job.place}: ${text}`);
  begun ??= performance.now();
  done += 1;
  if (performance.now() - shown < PROGRESS_MS) return;
  shown = performance.now();
  const perRound = (shown - begun) / done / 1000;
  console.log(`${done} rounds, ${left} to go: ${Math.ceil(left * perRound)} s left`);
});
const figures = figuresOf(groups, { seed: options.seed, seconds: seconds() });
console.log(linesOf(figures).join('\n'));
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
process.exit(isGood(figures) ? 0 : 1);
