// npm run test:parity: the law of parity, tried many times in several processes.
import { bundle } from './bundle.mjs';
import { readOptions, usage } from './parity/options.mjs';
import { runTasks } from './parity/pool.mjs';
import { Progress } from './parity/progress.mjs';

/** Cases of one task, and how far apart the seeds of two tasks are: a task uses one seed per chunk. */
const CASES_PER_TASK = 5_000;
const SEEDS_PER_TASK = 1_000;

const options = readOptions(process.argv.slice(2));
if (options.problem !== undefined) {
  console.error(`${options.problem}\n\n${usage}`);
  process.exit(2);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
process.exit(await main());

async function main() {
  const { seed, processes, keepGoing } = options;
  const cases = options.path === undefined ? options.cases : 1;
  console.log(`parity: seed ${seed}, ${cases} cases in ${processes} processes`);
  const total = {};
  const failures = new Map();
  const progress = new Progress(cases);
  let planned = 0;
  const next = () => {
    if (planned >= cases) return undefined;
    const task = {
      seed: seed + (planned / CASES_PER_TASK) * SEEDS_PER_TASK,
      cases: Math.min(CASES_PER_TASK, cases - planned),
      path: options.path,
    };
    planned += CASES_PER_TASK;
    return task;
  };
  const onOutcome = ({ seed: failedSeed, counts, failure }) => {
    for (const [name, number] of Object.entries(counts)) total[name] = (total[name] ?? 0) + number;
    if (failure !== undefined) note(failures, failedSeed, failure);
    progress.show(total.cases, failures.size > 0 ? `, ${failures.size} violations` : '');
    return failure === undefined || keepGoing;
  };
  await runTasks(await bundle('test/parity/worker.ts'), processes, next, {
    onOutcome,
    onDeath: (how) => failures.set(how, how),
  });
  progress.end();
  for (const failure of failures.values()) console.error(`\n${failure}`);
  const { cases: tried = 0, ...counts } = total;
  console.log(`\nparity: ${tried} cases tried, ${failures.size} violations; ${JSON.stringify(counts)}`);
  return failures.size === 0 ? 0 : 1;
}

/** Failures that say the same count once: the shortest one. */
function note(failures, seed, { message, path }) {
  const kind = (message.split('\n')[0] ?? '').replaceAll(/".*?"|\d+/g, '…');
  const text = `${message}\n  again   npm run test:parity -- --seed ${seed} --path ${path}`;
  const known = failures.get(kind);
  if (known === undefined || known.length > text.length) failures.set(kind, text);
}
