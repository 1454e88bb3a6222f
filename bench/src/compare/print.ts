import { describePoint, figureWords, formatFigure, threeDigits } from '../lab/figure-text.js';
import type { LabResults } from '../lab/results.js';
import { newTable } from '../table.js';
import type { Choice, Comparison, Comparisons } from './compare.js';
import {
  machineDifferences,
  roundReservations,
  runReservations,
  versionDifferences,
} from './reservations.js';
import { conclusion, formatSlowdown, slowdownHead } from './words.js';

export interface Run {
  readonly file: string;
  readonly results: LabResults;
}

/** For a person at a terminal. */
export function printComparison(before: Run, after: Run, found: Comparisons, choice: Choice): string {
  const runs = [before.results, after.results] as const;
  const machines = machineDifferences(runs);
  const advice =
    choice.relativeTo === undefined
      ? 'Figures of different machines do not compare; --relative-to <transport> compares ratios instead.'
      : '';
  return [
    `before: ${runLine(before)}\nafter:  ${runLine(after)}`,
    section('THE ENVIRONMENTS DIFFER', machines, advice),
    section('Versions differ', versionDifferences(runs)),
    ...runReservations(runs),
    comparisonTable(found.comparisons, choice),
    section('Reservations', roundReservations(found.comparisons)),
    section('Only in one of the runs', missingLines(found)),
    section('Measured in both, and not comparable', incomparableLines(found)),
    conclusion(found.comparisons, choice).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

function runLine({ file, results }: Run): string {
  const { commit, node, date } = results.environment;
  return `${file}: ${results.command}, ${results.rounds} rounds, Node ${node}, commit ${commit ?? 'unknown'}, ${date}`;
}

function section(title: string, lines: readonly string[], more = ''): string {
  if (lines.length === 0) return '';
  return [title, ...lines.map((line) => `  ${line}`), ...(more === '' ? [] : [more])].join('\n');
}

const verdictWords: Readonly<Record<Comparison['verdict'], string>> = {
  slower: 'SLOWER',
  faster: 'faster',
  same: '',
  'few rounds': 'few rounds',
  'one round': 'one round',
};

function comparisonTable(comparisons: readonly Comparison[], { relativeTo }: Choice): string {
  if (comparisons.length === 0) return '';
  const unit = relativeTo === undefined ? '' : ` ÷ ${relativeTo}`;
  const table = newTable(
    ['suite', 'point', 'transport', 'figure', `before${unit}`, `after${unit}`, slowdownHead(comparisons), ''],
    4,
  );
  for (const { suite, point, transport, figure, before, after, slowdown, verdict } of comparisons) {
    const show = (value: number) =>
      relativeTo === undefined ? formatFigure(figure, value) : threeDigits(value);
    table.push([
      ...[suite, describePoint(point), transport, figureWords[figure], show(before), show(after)],
      ...[formatSlowdown(slowdown), verdictWords[verdict]],
    ]);
  }
  return `${table}\nslowdown: how many times as slow the run after is; below 1 it is faster`;
}

/** One line for each suite, transport and reason, however many points it is. */
function missingLines({ missing }: Comparisons): string[] {
  const points = new Map<string, string[]>();
  for (const { in: run, suite, point, transport, reason } of missing) {
    const other = run === 'before' ? 'after' : 'before';
    const line = `only ${other}: ${suite}, ${transport}${reason === undefined ? '' : ` (${run}: ${reason})`}`;
    points.set(line, [...(points.get(line) ?? []), describePoint(point)]);
  }
  return linesOf(points);
}

function incomparableLines({ incomparable }: Comparisons): string[] {
  const points = new Map<string, string[]>();
  for (const { suite, point, transport, reason } of incomparable) {
    const line = `${suite}, ${transport}: ${reason}`;
    points.set(line, [...(points.get(line) ?? []), describePoint(point)]);
  }
  return linesOf(points);
}

function linesOf(points: ReadonlyMap<string, readonly string[]>): string[] {
  return [...points].map(([line, where]) => {
    const text = where.filter((words) => words !== '').join('; ');
    return text === '' ? line : `${line}: ${text}`;
  });
}
