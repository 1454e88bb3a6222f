/** Where the generator of an open loop was part of what was measured, in words. */
import { median } from '../stats.js';
import { formatCount, threeDigits } from './figure-text.js';
import type { Trial } from './results.js';

/** A line for each transport; none where all calls were begun in time. */
export function generatorNotes(trials: readonly Trial[]): string[] {
  return [...new Set(trials.map(({ transport }) => transport))].flatMap((transport) => {
    const own = trials.filter((trial) => trial.transport === transport && trial.generator !== undefined);
    const rates = [...new Set(own.map(({ point }) => point.ratePerSecond!))];
    const parts = rates.map((rate) => {
      const rounds = own.filter(({ point }) => point.ratePerSecond === rate).map((trial) => trial.generator!);
      const name = `${formatCount(rate)}/s`;
      const never = median(rounds.map(({ due, neverStarted }) => (100 * neverStarted) / Math.max(1, due)));
      return {
        late: rounds.some(({ keptUp }) => !keptUp) ? [name] : [],
        never: never > 0 ? [`${threeDigits(never)} % at ${name}`] : [],
      };
    });
    const late = parts.flatMap((part) => part.late);
    const never = parts.flatMap((part) => part.never);
    const words = [
      ...(late.length > 0
        ? [`more than one call in a hundred was begun over 1 ms late at ${late.join(', ')}`]
        : []),
      ...(never.length > 0 ? [`never begun of those that were due: ${never.join(', ')}`] : []),
    ];
    return words.length === 0 ? [] : [`${transport}: ${words.join('; ')}`];
  });
}
