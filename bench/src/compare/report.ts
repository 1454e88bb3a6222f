import type { Choice, Comparisons } from './compare.js';
import type { Run } from './print.js';
import {
  machineDifferences,
  roundReservations,
  runReservations,
  versionDifferences,
} from './reservations.js';

/** For `--json`. The end of an interval of one round is null: nothing is known of it. */
export function comparisonReport(before: Run, after: Run, found: Comparisons, choice: Choice) {
  const runs = [before.results, after.results] as const;
  const describe = ({ file, results }: Run) => ({
    file,
    command: results.command,
    environment: results.environment,
    noise: results.noise,
    rounds: results.rounds,
  });
  return {
    format: 'doorcall-lab-comparison',
    version: 1,
    before: describe(before),
    after: describe(after),
    ...choice,
    machineDifferences: machineDifferences(runs),
    versionDifferences: versionDifferences(runs),
    reservations: [...runReservations(runs), ...roundReservations(found.comparisons)],
    slower: found.comparisons.filter(({ verdict }) => verdict === 'slower').length,
    ...found,
  };
}
