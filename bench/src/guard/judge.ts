/** What runs say about the hot path. */
import { type Comparison, compareRuns } from '../compare/compare.js';
import type { LabResults, Trial } from '../lab/results.js';
import { byRound, cellsOf } from '../lab/statistics/cells.js';
import { percentile } from '../stats.js';
import { type Guarded, margin } from './plan.js';

/** A slowdown that must be seen: an interval that does not exclude it says nothing. */
const mustBeSeen = 2;
/** Where others use more of the CPUs than this, a round may be theirs; in percent. */
const quietPercent = 10;
/** Context switches of a call: next to none where both ends spin, two or more where it waits. Beyond this, half of them waited. */
const switchesOfSpinning = 1;
/** With fewer left, nothing is known about the spread. */
const leastRounds = 4;
/** By what factor the middle half of a reference's rounds may lie apart before it is no measure of anything. */
const steadyWithin = 2;

export interface Judgement {
  /** `unclear`: the machine is too noisy. `broken`: something could not be measured. */
  readonly verdict: 'fast' | 'slower' | 'unclear' | 'broken';
  /** Of each guarded transport that both runs have, relative to its reference. */
  readonly comparisons: readonly (Comparison & Guarded)[];
  /** Why it is unclear or broken. */
  readonly reasons: readonly string[];
}

/**
 * @param committed the run that others are held against
 * @param runs their rounds are taken together
 */
export function judge(
  committed: LabResults,
  runs: readonly LabResults[],
  all: readonly Guarded[],
): Judgement {
  const run = together(runs);
  const [before, after] = [withoutWaiting(committed), together(runs.map(withoutWaiting))];
  const broken = after.gaps.map(({ transport, reason }) => `${transport} could not be measured: ${reason}`);
  const unclear: string[] = [];
  let slower = false;
  const comparisons: (Comparison & Guarded)[] = [];
  for (const guarded of all) {
    const { transport, reference } = guarded;
    const choice = { margin, relativeTo: reference, transports: [transport] };
    const found = compareRuns(before, after, choice).comparisons;
    if (found.length === 0) {
      const measured = [committed, run].every((one) => compareRuns(one, one, choice).comparisons.length > 0);
      if (measured) unclear.push(`${transport} or its reference waited for the scheduler in every round`);
      else broken.push(`${transport} and ${reference} are not in both runs`);
    }
    for (const comparison of found) {
      comparisons.push({ ...comparison, ...guarded });
      const doubts = [...uncertainty(comparison, transport), ...unsteadiness(after, reference)];
      if (doubts.length === 0 && comparison.verdict === 'slower') slower = true;
      unclear.push(...doubts);
    }
  }
  if (broken.length > 0) return { verdict: 'broken', comparisons, reasons: [...new Set(broken)] };
  // One that is slower beyond doubt is enough, whatever there is to say of the others.
  const verdict = slower ? 'slower' : unclear.length > 0 ? 'unclear' : 'fast';
  return { verdict, comparisons, reasons: unclear };
}

function together(runs: readonly LabResults[]): LabResults {
  let rounds = 0;
  const trials = runs.flatMap((run) => {
    const before = rounds;
    rounds += run.rounds;
    return run.trials.map((trial) => ({ ...trial, round: before + trial.round }));
  });
  return { ...runs[0]!, rounds, trials, gaps: runs.flatMap(({ gaps }) => gaps) };
}

/**
 * Beside other processes an end may lose its CPU for so long that the other one goes to sleep, which is right; calls are
 * then as slow as the scheduler is. On a quiet machine nobody sleeps unless the waiting policy is broken: that counts.
 */
function withoutWaiting(run: LabResults): LabResults {
  if ((run.noise.othersPercent ?? 0) <= quietPercent) return run;
  const spun = ({ figures }: Trial) => (figures.contextSwitchesPerCall ?? 0) <= switchesOfSpinning;
  return { ...run, trials: run.trials.filter(spun) };
}

function uncertainty({ verdict, slowdown }: Comparison, transport: string): string[] {
  const { low, high, rounds } = slowdown;
  if (rounds < leastRounds)
    return [
      `${transport} or its reference waited for the scheduler in all but ${rounds} of the rounds, beside other processes`,
    ];
  if (verdict === 'slower' || high < mustBeSeen) return [];
  return [
    `${transport} is ${low.toFixed(2)} to ${high.toFixed(2)} times as slow: that may be nothing, and may be twice`,
  ];
}

function unsteadiness(run: LabResults, reference: string): string[] {
  const cells = [...cellsOf(run).values()].filter(({ transport }) => transport === reference);
  return cells.flatMap((cell) => {
    const values = [...byRound(cell, 'p50Us').values()];
    const apart = percentile(values, 75) / percentile(values, 25);
    return apart < steadyWithin
      ? []
      : [`${reference}, which never changes, took times that differ by a factor of ${apart.toFixed(1)}`];
  });
}
