/** A comparison in words. */
import { describePoint, figureWords } from '../lab/figure-text.js';
import type { LabResults } from '../lab/results.js';
import type { Interval } from '../lab/statistics/bootstrap.js';
import type { Choice, Comparison } from './compare.js';

/** `1.31 × (1.22–1.40)` */
export function formatSlowdown({ median, low, high, rounds }: Interval): string {
  return rounds === 1
    ? `${median.toFixed(2)} × (one round)`
    : `${median.toFixed(2)} × (${low.toFixed(2)}–${high.toFixed(2)})`;
}

/** Where: `latency, typed, 64 B, doorcall: p50` */
export function nameOf({ suite, point, transport, figure }: Comparison): string {
  const where = describePoint(point);
  return `${suite}${where === '' ? '' : `, ${where}`}, ${transport}: ${figureWords[figure]}`;
}

/** The head of the intervals' column: `slowdown (95 %)`, or how sure they are with few rounds: `slowdown (67–90 %)`. */
export function slowdownHead(comparisons: readonly Pick<Comparison, 'slowdown'>[]): string {
  const percents = comparisons
    .filter(({ slowdown }) => slowdown.rounds > 1)
    .map(({ slowdown }) => Math.round(slowdown.confidence * 100));
  if (percents.length === 0) return 'slowdown';
  const [least, most] = [Math.min(...percents), Math.max(...percents)];
  return `slowdown (${least === most ? least : `${least}–${most}`} %)`;
}

/** How many of so many intervals at 95 % lie beyond one by chance, when nothing has changed. */
const byChance = (comparisons: number) => Math.round(comparisons * 0.025);

/** Why there is nothing to compare, in a line for each run. */
export function nothingInCommon(
  before: { readonly file: string; readonly results: LabResults },
  after: { readonly file: string; readonly results: LabResults },
  { transports, suites, relativeTo }: Choice,
): string {
  const measured = ({ file, results: { trials } }: typeof before) => {
    const names = (key: 'suite' | 'transport') => [...new Set(trials.map((trial) => trial[key]))].join(', ');
    return `  ${file} measured ${trials.length === 0 ? 'nothing' : `${names('suite')} of ${names('transport')}`}`;
  };
  const asked = [
    ...(transports === undefined ? [] : [`--transport ${transports.join()}`]),
    ...(suites === undefined ? [] : [`--suite ${suites.join()}`]),
    ...(relativeTo === undefined ? [] : [`--relative-to ${relativeTo}`]),
  ];
  const within = asked.length === 0 ? '' : ` (${asked.join(' ')})`;
  return `the two runs have nothing in common${within}: no transport at the same point of the same suite.\n${measured(before)}\n${measured(after)}`;
}

/** The outcome in a few lines. */
export function conclusion(comparisons: readonly Comparison[], { margin, relativeTo }: Choice): string[] {
  const of = (verdict: Comparison['verdict']) => comparisons.filter((found) => found.verdict === verdict);
  const [slower, faster, few, unjudged] = [of('slower'), of('faster'), of('few rounds'), of('one round')];
  const percent = `${Math.round(margin * 1_000) / 10} %`;
  const figures = `${comparisons.length} ${comparisons.length === 1 ? 'figure' : 'figures'}`;
  const relation = relativeTo === undefined ? '' : ` relative to ${relativeTo}`;
  const lines =
    slower.length === 0
      ? [
          few.length === 0
            ? `Nothing got significantly slower${relation}: no interval of ${figures} lies wholly beyond ${percent}.`
            : `Nothing can be said to have got slower${relation}.`,
        ]
      : [
          `${slower.length} of ${figures} got significantly slower${relation} (the whole interval lies beyond ${percent}):`,
          ...slower.map((found) => `  ${nameOf(found)} ${formatSlowdown(found.slowdown)}`),
        ];
  if (faster.length > 0) lines.push(`${faster.length} got significantly faster.`);
  if (few.length > 0) {
    const least = Math.round(Math.min(...few.map(({ slowdown }) => slowdown.confidence)) * 100);
    lines.push(
      `${few.length} of ${figures} ${few.length === 1 ? 'lies' : 'lie'} beyond ${percent}, and NOTHING IS CONCLUDED from that: with so few rounds an interval is sure of ${least} % only. Four rounds in both runs give 95 %.`,
      ...few.map((found) => `  ${nameOf(found)} ${formatSlowdown(found.slowdown)}`),
    );
  }
  if (unjudged.length > 0) {
    lines.push(`${unjudged.length} cannot be judged: one round says nothing about the spread.`);
  }
  const chance = byChance(comparisons.length - few.length - unjudged.length);
  if (slower.length > 0 && chance > 0) {
    lines.push(
      `Of so many, about ${chance} would look slower by chance alone, were there no margin: repeat what you doubt.`,
    );
  }
  return lines;
}
