// npm run test:faults -- --help
import { writeFileSync } from 'node:fs';
import { refuse } from '../../scripts/lib/fail.mjs';
import { whenInterrupted } from '../../scripts/lib/interrupt.mjs';
import { begin } from './lib/begin.mjs';
import { campaign } from './lib/campaign.mjs';
import { figuresOf, isGood, linesOf } from './lib/report.mjs';

const PROGRESS_MS = 5_000;

const options = begin();

const started = performance.now();
const seconds = () => (performance.now() - started) / 1000;
const tell = (groups) => {
  const figures = figuresOf(groups, { seed: options.seed, seconds: seconds() });
  console.log(linesOf(figures).join('\n'));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, undefined, 2)}\n`);
  return figures;
};
console.log(`seed ${options.seed}`);
let shown = performance.now();
let done = 0;
let begun;
let sofar = { groups: [] };
whenInterrupted(() => {
  tell(sofar.groups);
  console.log(`interrupted${sofar.left === undefined ? '' : `: ${sofar.left} rounds were left out`}`);
});
const groups = await campaign(options, ({ job, result, left, groups }) => {
  // At once, too: a long run may be given up.
  for (const text of result.violations) console.log(`${job.side} ${job.action} at ${job.place}: ${text}`);
  sofar = { groups, left };
  begun ??= performance.now();
  done += 1;
  if (performance.now() - shown < PROGRESS_MS) return;
  shown = performance.now();
  const perRound = (shown - begun) / done / 1000;
  console.log(`${done} rounds, ${left} to go: ${Math.ceil(left * perRound)} s left`);
});
if (groups.every(({ places, missing }) => places.size + missing.length === 0))
  refuse(`no place matches ${options.pattern?.source}`);
process.exit(isGood(tell(groups)) ? 0 : 1);
