// Tries mutants in two copies of the sources at once, and says of each whether a test noticed it.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { modelKills } from './model-variant.mjs';
import { addonTestNames } from './mutant-addon.mjs';
import { runUnspoiled, sourceOf, testNames, Workspace } from './mutant-workspace.mjs';

const jobs = 2;

/** Of each mutant whose text is not to be found exactly once: its name and how often it is there. */
export function unmatched(mutants) {
  return mutants
    .map(({ name, file, from }) => ({ name, file, times: sourceOf(file).split(from).length - 1 }))
    .filter(({ times }) => times !== 1);
}

/** Its own tests first, then all others that could notice. */
export function stepsOf({ file, tests, by = [], model, equivalent }) {
  const addon = file.startsWith('napi/');
  const step = (test) => (addon ? { test, addon } : { test });
  const own = [...tests.map(step), ...by];
  if (equivalent !== undefined || model !== undefined) return own;
  if (addon)
    return [
      ...own,
      ...addonTestNames()
        .filter((test) => !tests.includes(test))
        .map(step),
    ];
  const layers = file.startsWith('ring/')
    ? ['ring', 'channel']
    : file.startsWith('arena/')
      ? ['arena']
      : ['channel'];
  const others = layers.flatMap((layer) => testNames().filter((name) => name.startsWith(`${layer}_`)));
  return [...own, ...others.filter((test) => !tests.includes(test)).map((test) => ({ test }))];
}

const label = ({ test, sanitize }) => (sanitize === undefined ? test : `${test} (${sanitize})`);

/** Steps with nothing taken out: each is tried once, and one at a time, since they are built in one folder. */
export class Unspoiled {
  #outcomes = new Map();
  #last = Promise.resolve();
  #run;

  constructor(run = runUnspoiled) {
    this.#run = run;
  }

  /** @returns its output where it is red, nothing where it is green */
  red(step) {
    const name = label(step);
    if (!this.#outcomes.has(name)) {
      this.#last = this.#last.then(() => this.#run(step));
      this.#outcomes.set(
        name,
        this.#last.then(({ built, green, output }) => (built && green ? undefined : output)),
      );
    }
    return this.#outcomes.get(name);
  }
}

/**
 * @returns `killed` with whom by, `model`, `equivalent`, `survived`, `broken` when it does not compile, or `doubtful` when
 * a test is red that is so with nothing taken out, too: that is no kill.
 */
export async function judge(workspace, mutant, unspoiled) {
  workspace.spoil(mutant);
  for (const step of stepsOf(mutant)) {
    const { built, green, output } = await workspace.run(step);
    if (!built) return { verdict: 'broken', by: output.split('\n').find((line) => line.includes('error')) };
    if (green) continue;
    if ((await unspoiled.red(step)) === undefined) return { verdict: 'killed', by: label(step) };
    return { verdict: 'doubtful', by: `${label(step)} is red with nothing taken out, too` };
  }
  if (mutant.model !== undefined) {
    const { kills, why } = await modelKills(mutant.model);
    return kills ? { verdict: 'model', by: mutant.model } : { verdict: 'survived', by: why };
  }
  if (mutant.equivalent !== undefined) return { verdict: 'equivalent', by: mutant.equivalent };
  return { verdict: 'survived' };
}

/** Tests that are red with nothing taken out would kill everything. */
async function redTests(mutants, unspoiled) {
  const red = new Map();
  for (const step of mutants.flatMap((mutant) => stepsOf(mutant).slice(0, 1))) {
    const output = await unspoiled.red(step);
    if (output !== undefined) red.set(label(step), `${label(step)}\n${output}`);
  }
  return [...red.values()];
}

/** @param onVerdict called with each mutant, its verdict, and how many are done. */
export async function runMutants(mutants, onVerdict) {
  const unspoiled = new Unspoiled();
  console.log('> building the tests, and running them with nothing taken out');
  const red = await redTests(mutants, unspoiled);
  if (red.length > 0) throw new Error(`red with nothing taken out: ${red.join(', ')}`);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'doorcall-mutants-'));
  const waiting = [...mutants];
  let done = 0;
  const work = async (job) => {
    const workspace = new Workspace(path.join(folder, `job-${job}`));
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const started = Date.now();
      const result = await judge(workspace, mutant, unspoiled);
      onVerdict(mutant, { ...result, seconds: (Date.now() - started) / 1000 }, ++done);
    }
  };
  // However it ends: an interrupt exits at once.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await Promise.all(Array.from({ length: Math.min(jobs, mutants.length) }, (_, job) => work(job)));
}
