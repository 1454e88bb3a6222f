import { machineDifferences } from '../compare/reservations.js';
import { formatSlowdown } from '../compare/words.js';
import { threeDigits } from '../lab/figure-text.js';
import type { LabResults } from '../lab/results.js';
import { newTable } from '../table.js';
import type { Judgement } from './judge.js';
import { margin } from './plan.js';

const percent = `${margin * 100} %`;

/** @param before the committed run */
export function printJudgement(before: LabResults, after: LabResults, judgement: Judgement): string {
  const differences = machineDifferences([before, after]);
  const table = newTable(['p50 of a call', 'divided by', 'committed', 'now', 'slowdown (95 %)'], 2);
  for (const { transport, reference, before: then, after: now, slowdown, verdict } of judgement.comparisons) {
    const slow = verdict === 'slower' ? ` SLOWER by more than ${percent}` : '';
    table.push([
      ...[transport, reference, threeDigits(then), threeDigits(now)],
      `${formatSlowdown(slowdown)}${slow}`,
    ]);
  }
  return [
    ...(differences.length === 0
      ? []
      : [`Another machine than the committed one: ${differences.join('; ')}.`]),
    `${table}`,
    ...judgement.reasons.map((reason) => `  ${reason}`),
    ...after.noise.reasons.map((reason) => `  noise: ${reason}`),
  ]
    .join('\n')
    .concat('\n');
}

const outcomes: Readonly<Record<Judgement['verdict'], string>> = {
  fast: 'PASSED: the hot path is not much slower than when bench/results/guard.json was measured.',
  slower: `FAILED: calls are slower than when bench/results/guard.json was measured, by more than ${percent}, in two runs.`,
  unclear: 'NOT JUDGED: two runs on this machine are too noisy to tell. Try again when nothing else runs.',
  broken: 'FAILED: not all of it could be measured.',
};

export const printOutcome = (verdict: Judgement['verdict']): string => outcomes[verdict];
