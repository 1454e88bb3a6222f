/** The tables of a run's suites in the terminal. */
import { median } from '../stats.js';
import { formatCount, formatRatio, formatUs, newTable } from '../table.js';
import { fewCallsNotes, isForFewCalls } from './few-calls.js';
import {
  type FigureName,
  type LabResults,
  type Point,
  pointKey,
  type SuiteName,
  type Trial,
} from './results.js';
import { pointWords } from './run.js';
import { figureIn } from './statistics/enough-calls.js';
import type { Suite } from './suite.js';
import { suites } from './suites/index.js';

/** A table for each series of a suite; suites with a single point have their figures as columns. */
export function suiteTables(results: LabResults, name: SuiteName): string[] {
  const suite = suites[name];
  const trials = results.trials.filter((trial) => trial.suite === name);
  const points = distinct(trials.map(({ point }) => point));
  if (points.length === 1) return [figureTable(results, suite, trials)];
  const bySeries = new Map<string, Point[]>();
  for (const point of points) {
    const series = point.series ?? '';
    bySeries.set(series, [...(bySeries.get(series) ?? []), point]);
  }
  return [...bySeries].flatMap(([series, own]) => {
    const titled = bySeries.size > 1 ? `, ${series}` : '';
    const table = pointTable(results, suite, suite.compareBy, trials, own);
    const main = `${suite.name}${titled}: ${suite.summary}\n${table}`;
    if (name !== 'openloop') return [main];
    return [
      main,
      `openloop: what was achieved of each offered rate\n${pointTable(results, suite, 'achievedPerSecond', trials, own)}`,
    ];
  });
}

/** A row for each transport, a column for each point. */
function pointTable(
  results: LabResults,
  suite: Suite,
  figure: FigureName,
  all: readonly Trial[],
  unordered: readonly Point[],
): string {
  // A later round may have reached a rate that the first one did not try.
  const points = [...unordered].sort((a, b) => (a.ratePerSecond ?? 0) - (b.ratePerSecond ?? 0));
  const keys = points.map(pointKey);
  const trials = all.filter(({ point }) => keys.includes(pointKey(point)));
  const names = transportsOf(results, trials);
  const saturation = saturations(results, suite.name);
  const table = newTable([
    figureHeads[figure],
    ...points.map(({ series: _, ...point }) => pointWords(point)),
    ...(saturation.size > 0 ? ['saturated at'] : []),
  ]);
  for (const name of names) {
    const at = saturation.get(name);
    const cells = keys.map((key, i) => {
      const of = (transport: string) =>
        trials.filter((trial) => trial.transport === transport && pointKey(trial.point) === key);
      const text = cell(of(name), name === names[0] || isOffered(figure) ? undefined : of(names[0]!), figure);
      return text === '' && at !== undefined && points[i]!.ratePerSecond! > at ? 'saturated' : text;
    });
    const last = at === undefined ? '' : `${formatCount(at)}/s`;
    table.push([marked(results, name), ...cells, ...(saturation.size > 0 ? [last] : [])]);
  }
  return withNotes(table.toString(), trials, [figure]);
}

/** A row for each transport, a column for each figure. */
function figureTable(results: LabResults, suite: Suite, trials: readonly Trial[]): string {
  const figures = (Object.keys(figureHeads) as FigureName[]).filter((figure) => {
    return !tooMany.has(figure) && trials.some((trial) => trial.figures[figure] !== undefined);
  });
  const names = transportsOf(results, trials);
  const table = newTable(['', 'calls', ...figures.map((figure) => figureHeads[figure])]);
  for (const name of names) {
    const own = trials.filter(({ transport }) => transport === name);
    const reference = trials.filter(({ transport }) => transport === names[0]);
    const calls = own.flatMap((trial) => trial.calls ?? []);
    table.push([
      marked(results, name),
      calls.length === 0 ? '' : formatCount(median(calls)),
      ...figures.map((figure) => {
        return cell(own, figure === suite.compareBy && name !== names[0] ? reference : undefined, figure);
      }),
    ]);
  }
  const [{ point }] = trials as [Trial];
  const where = [suite.name, pointWords(point)].filter((words) => words !== '').join(', ');
  return withNotes(`${where}: ${suite.summary}\n${table}`, trials, figures);
}

/** In columns of this order. */
export const figureHeads: Readonly<Record<FigureName, string>> = {
  p50Us: 'p50 µs',
  p90Us: 'p90 µs',
  p99Us: 'p99 µs',
  p999Us: 'p99.9 µs',
  maxUs: 'max µs',
  meanUs: 'mean µs',
  callsPerSecond: 'calls/s',
  achievedPerSecond: 'achieved/s',
  cpuUsPerCall: 'CPU µs/call',
  clientCpuUsPerCall: 'of the client',
  serverCpuUsPerCall: 'of the server',
  contextSwitchesPerCall: 'switches/call',
  idleCpuPercent: 'idle CPU %',
  memoryKiBPerConnection: 'KiB/connection',
  connectAndCallMs: 'connect + call ms',
  firstConnectAndCallMs: 'cold connect + call ms',
};

/** Left to `report` where many figures stand in one table. */
const tooMany: ReadonlySet<FigureName> = new Set(['p90Us', 'p999Us', 'maxUs', 'meanUs']);

const isRate = (figure: FigureName) => figure === 'callsPerSecond' || figure === 'achievedPerSecond';

/** Up to saturation all achieve what is offered: a ratio says nothing. */
const isOffered = (figure: FigureName) => figure === 'achievedPerSecond';

/** The median, and how many times worse it is than the reference; empty when nothing was measured. */
function cell(own: readonly Trial[], reference: readonly Trial[] | undefined, figure: FigureName): string {
  const values = own.flatMap((trial) => figureIn(trial, figure) ?? []);
  if (values.length === 0) return isForFewCalls(own, figure) ? '–' : '';
  const text = isRate(figure) ? formatCount(median(values)) : formatUs(median(values));
  if (reference === undefined) return text;
  const ratios = own.flatMap((trial) => {
    const one = figureIn(trial, figure);
    const counterpart = reference.find(({ round }) => round === trial.round);
    const other = counterpart && figureIn(counterpart, figure);
    if (one === undefined || other === undefined || one === 0 || other === 0) return [];
    return isRate(figure) ? other / one : one / other;
  });
  return ratios.length === 0 ? text : `${text} (${formatRatio(median(ratios))} ×)`;
}

function withNotes(table: string, trials: readonly Trial[], figures: readonly FigureName[]): string {
  return [table, ...fewCallsNotes(trials, figures)].join('\n');
}

/** The rate at which each transport was saturated, if it was. */
function saturations({ gaps }: LabResults, name: SuiteName): ReadonlyMap<string, number> {
  return new Map(
    gaps.flatMap(({ suite, transport, saturatedAt }) =>
      suite === name && saturatedAt !== undefined ? [[transport, saturatedAt] as const] : [],
    ),
  );
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
