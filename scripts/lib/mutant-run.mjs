// Tries mutants in two copies of the sources at once, and says of each whether a test noticed it.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelKills } from './model-variant.mjs';
import { runUnspoiled, sourceOf, testNames, Workspace } from './mutant-workspace.mjs';

const jobs = 2;

/** Of each mutant whose text is not to be found exactly once: its name and how often it is there. */
export function unmatched(mutants) {
  return mutants
    .map(({ name, file, from }) => ({ name, file, times: sourceOf(file).split(from).length - 1 }))
    .filter(({ times }) => times !== 1);
}

/** Its own tests first, then all others that could notice. */
function stepsOf({ file, tests, by = [], model, equivalent }) {
  const own = [...tests.map((test) => ({ test })), ...by];
  if (equivalent !== undefined || model !== undefined) return own;
  const layers = file.startsWith('ring/')
    ? ['ring', 'channel']
    : file.startsWith('arena/')
      ? ['arena']
      : ['channel'];
  const others = layers.flatMap((layer) => testNames().filter((name) => name.startsWith(`${layer}_`)));
  return [...own, ...others.filter((test) => !tests.includes(test)).map((test) => ({ test }))];
}

const label = ({ test, sanitize }) => (sanitize === undefined ? test : `${test} (${sanitize})`);

/** @returns `killed` with whom by, `model`, `equivalent`, `survived`, or `broken` when it does not compile. */
async function judge(workspace, mutant) {
  workspace.spoil(mutant);
  for (const step of stepsOf(mutant)) {
    const { built, green, output } = await workspace.run(step);
    if (!built) return { verdict: 'broken', by: output.split('\n').find((line) => line.includes('error')) };
    if (!green) return { verdict: 'killed', by: label(step) };
  }
  if (mutant.model !== undefined) {
    const { kills, why } = await modelKills(mutant.model);
    return kills ? { verdict: 'model', by: mutant.model } : { verdict: 'survived', by: why };
  }
  if (mutant.equivalent !== undefined) return { verdict: 'equivalent', by: mutant.equivalent };
  return { verdict: 'survived' };
}

/** Tests that are red with nothing taken out would kill everything. */
async function redTests(mutants) {
  const steps = new Map(
    mutants.flatMap((mutant) => stepsOf(mutant).slice(0, 1)).map((step) => [label(step), step]),
  );
  const red = [];
  for (const [name, step] of steps) {
    const { built, green, output } = await runUnspoiled(step);
    if (!built || !green) red.push(`${name}\n${output}`);
  }
  return red;
}

/** @param onVerdict called with each mutant, its verdict, and how many are done. */
export async function runMutants(mutants, onVerdict) {
  const red = await redTests(mutants);
  if (red.length > 0) throw new Error(`red with nothing taken out: ${red.join(', ')}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'doorcall-mutants-'));
  const waiting = [...mutants];
  let done = 0;
  const work = async (job) => {
    const workspace = new Workspace(path.join(folder, `job-${job}`));
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const started = Date.now();
      const result = await judge(workspace, mutant);
      onVerdict(mutant, { ...result, seconds: (Date.now() - started) / 1000 }, ++done);
    }
  };
  // However it ends: an interrupt exits at once.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, (_, job) => work(job)));
}
