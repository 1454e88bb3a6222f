// Runs mutants and reports them: for test-mutants.mjs and for `npm test`.
import { mutants } from '../mutants/index.mjs';
import { staleHostileMutants } from './hostile-mutants.mjs';
import { buildAddon } from './mutant-addon.mjs';
import { runMutants, stepsOf, unmatched } from './mutant-run.mjs';

/** @returns how many mutants were noticed (or cannot be) and how many were not. */
export async function runMutationTests(chosen) {
  const stale = [...unmatched(mutants), ...staleHostileMutants()];
  for (const { name, file, times } of stale) {
    console.error(`${name}: its text occurs ${times} times in ${file}, not once; the table is out of date`);
  }
  if (stale.length > 0) return { passed: 0, failed: stale.length };

  if (chosen.some((mutant) => stepsOf(mutant).some(({ addon }) => addon))) await buildAddon();
  const verdicts = { killed: [], model: [], equivalent: [], survived: [], doubtful: [], broken: [] };
  await runMutants(chosen, (mutant, { verdict, by, seconds }, done) => {
    verdicts[verdict].push(mutant);
    const detail = by === undefined ? '' : `: ${by}`;
    console.log(`[${done}/${chosen.length}] ${mutant.name} ${verdict}${detail} (${seconds.toFixed(1)} s)`);
  });

  for (const verdict of ['survived', 'doubtful', 'broken']) {
    for (const { name, file, what } of verdicts[verdict])
      console.log(`${verdict.toUpperCase()} ${name} in ${file}: ${what}`);
  }
  const meant = chosen.length - verdicts.equivalent.length;
  console.log(
    `killed by tests: ${verdicts.killed.length} of ${meant}; by the model only: ${verdicts.model.length}; ` +
      `survived: ${verdicts.survived.length}; doubtful: ${verdicts.doubtful.length}; not compiling: ${verdicts.broken.length}; ` +
      `equivalent: ${verdicts.equivalent.length}`,
  );
  const failed = verdicts.survived.length + verdicts.doubtful.length + verdicts.broken.length;
  return { passed: chosen.length - failed, failed };
}
