/** The outcome of a lab run for a person at a terminal. */
import { gapList } from '../report-text.js';
import { median } from '../stats.js';
import { environmentLine, formatCount, formatRatio, formatUs, newTable } from '../table.js';
import { generatorNotes } from './generator-notes.js';
import {
  type FigureName,
  type LabResults,
  type Point,
  pointKey,
  type SuiteName,
  type Trial,
} from './results.js';
import { pointWords, roundsIn } from './run.js';
import type { Suite } from './suite.js';
import { suites } from './suites/index.js';

export function printLab(results: LabResults): string {
  const { environment, noise, rounds, transports, gaps, interrupted } = results;
  const parts = [
    environmentLine(environment),
    noise.trusted ? 'The machine was quiet.' : `DO NOT TRUST THESE FIGURES: ${noise.reasons.join('; ')}.`,
    interrupted
      ? `INTERRUPTED: in ${roundsIn(results.trials)} of ${rounds} rounds, of which the last is not whole.`
      : '',
    `${interrupted ? 'Medians of what there is' : `Medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`}; × is how many times worse than the first line, within each round.`,
  ];
  const names = [...new Set(results.trials.map(({ suite }) => suite))];
  for (const name of names) parts.push(...suiteTables(results, name));
  const less = Object.entries(transports).filter(([, { doesLess }]) => doesLess !== undefined);
  if (less.length > 0) {
    parts.push(
      `* does less than the others:\n${less.map(([name, { doesLess }]) => `  ${name}: ${doesLess}`).join('\n')}`,
    );
  }
  const remarks = Object.entries(transports).flatMap(([name, { remarks: own = {} }]) =>
    Object.entries(own).map(([figure, words]) => `  ${name}, ${figureWords[figure as FigureName]}: ${words}`),
  );
  if (remarks.length > 0) parts.push(`Not as of the others:\n${remarks.join('\n')}`);
  const generator = generatorNotes(results.trials);
  if (generator.length > 0) {
    parts.push(`The generator of the open loops\n${generator.map((line) => `  ${line}`).join('\n')}`);
  }
  parts.push(
    gapList(
      gaps.map(({ suite, point, transport, round, figure, reason }) => ({
        contestant: transport,
        subject: [suite, point && pointWords(point), figure && figureWords[figure]].filter(Boolean).join(' '),
        ...(round !== undefined && { round }),
        reason,
      })),
    ),
  );
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** A table for each series of a suite; suites with a single point have their figures as columns. */
function suiteTables(results: LabResults, name: SuiteName): string[] {
  const suite = suites[name];
  const trials = results.trials.filter((trial) => trial.suite === name);
  const points = distinct(trials.map(({ point }) => point));
  if (points.length === 1) return [figureTable(results, suite, trials)];
  const bySeries = new Map<string, Point[]>();
  for (const point of points) {
    const series = point.series ?? '';
    bySeries.set(series, [...(bySeries.get(series) ?? []), point]);
  }
  return [...bySeries].map(([series, own]) => {
    const titled = bySeries.size > 1 ? `, ${series}` : '';
    return pointTable(results, suite, titled, trials, own);
  });
}

function pointTable(
  results: LabResults,
  suite: Suite,
  title: string,
  all: readonly Trial[],
  points: readonly Point[],
): string {
  const { compareBy } = suite;
  const keys = points.map(pointKey);
  const trials = all.filter(({ point }) => keys.includes(pointKey(point)));
  const names = transportsOf(results, trials);
  const table = newTable([
    figureWords[compareBy],
    ...points.map(({ series: _, ...point }) => pointWords(point)),
  ]);
  for (const name of names) {
    const cells = keys.map((key) => {
      const of = (transport: string) =>
        trials.filter((trial) => trial.transport === transport && pointKey(trial.point) === key);
      return cell(of(name), name === names[0] ? undefined : of(names[0]!), compareBy);
    });
    table.push([marked(results, name), ...cells]);
  }
  return `${suite.name}${title}: ${suite.summary}\n${table}`;
}

function figureTable(results: LabResults, suite: Suite, trials: readonly Trial[]): string {
  const figures = (Object.keys(figureWords) as FigureName[]).filter((figure) => {
    return !tooMany.has(figure) && trials.some((trial) => trial.figures[figure] !== undefined);
  });
  const names = transportsOf(results, trials);
  const table = newTable(['', ...figures.map((figure) => figureWords[figure])]);
  for (const name of names) {
    const own = trials.filter(({ transport }) => transport === name);
    const reference = trials.filter(({ transport }) => transport === names[0]);
    table.push([
      marked(results, name),
      ...figures.map((figure) => {
        return cell(own, figure === suite.compareBy && name !== names[0] ? reference : undefined, figure);
      }),
    ]);
  }
  return `${suite.name}: ${suite.summary}\n${table}`;
}

/** In columns of this order. */
const figureWords: Readonly<Record<FigureName, string>> = {
  p50Us: 'p50 µs',
  p90Us: 'p90 µs',
  p99Us: 'p99 µs',
  p999Us: 'p99.9 µs',
  maxUs: 'max µs',
  meanUs: 'mean µs',
  callsPerSecond: 'calls/s',
  achievedPerSecond: 'achieved/s',
  clientCpuUsPerCall: 'client CPU µs/call',
  serverCpuUsPerCall: 'server CPU µs/call',
  contextSwitchesPerCall: 'switches/call',
  idleCpuPercent: 'idle CPU %',
  memoryKiBPerConnection: 'KiB/connection',
  connectAndCallMs: 'connect + call ms',
  firstConnectAndCallMs: 'cold connect + call ms',
};

/** Left to `report` where many figures stand in one table. */
const tooMany: ReadonlySet<FigureName> = new Set(['p90Us', 'p999Us', 'maxUs', 'meanUs']);

const isRate = (figure: FigureName) => figure === 'callsPerSecond' || figure === 'achievedPerSecond';

/** The median, and how many times worse it is than the reference; empty when nothing was measured. */
function cell(own: readonly Trial[], reference: readonly Trial[] | undefined, figure: FigureName): string {
  const values = own.flatMap(({ figures }) => figures[figure] ?? []);
  if (values.length === 0) return '';
  const text = isRate(figure) ? formatCount(median(values)) : formatUs(median(values));
  if (reference === undefined) return text;
  const ratios = own.flatMap(({ round, figures }) => {
    const one = figures[figure];
    const other = reference.find((trial) => trial.round === round)?.figures[figure];
    if (one === undefined || other === undefined || one === 0 || other === 0) return [];
    return isRate(figure) ? other / one : one / other;
  });
  return ratios.length === 0 ? text : `${text} (${formatRatio(median(ratios))} ×)`;
}

/** The reference first: our fastest usual way, if it took part. */
function transportsOf({ transports }: LabResults, trials: readonly Trial[]): string[] {
  const names = Object.keys(transports).filter((name) => trials.some(({ transport }) => transport === name));
  const reference = ['doorcall-gen', 'doorcall'].find((name) => names.includes(name)) ?? names[0]!;
  return [reference, ...names.filter((name) => name !== reference)];
}

function marked({ transports }: LabResults, name: string): string {
  return transports[name]?.doesLess === undefined ? name : `${name} *`;
}

function distinct(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [pointKey(point), point])).values()];
}
