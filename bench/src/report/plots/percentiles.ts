/** The whole distribution: how long all but one call in so many took at most. */
import { Latencies } from '@doorcall/load';
import { describePoint } from '../../lab/figure-text.js';
import {
  type Point,
  pointKey,
  ResultsFileError,
  type SuiteName,
  suiteNames,
  type Trial,
} from '../../lab/results.js';
import { type Cell, cellKey } from '../../lab/statistics/cells.js';
import { leastBeyond } from '../../lab/statistics/enough-calls.js';
import { fiveDigits, type Run } from '../input.js';
import type { Line, Plot, Series, Tick, Value } from '../model.js';

/** x is 1/(1-p): 10 for p90, 1000 for p99.9. */
const stepsPerDecade = 8;
const decades = 7;

const columns: readonly Tick[] = [
  { x: 2, label: 'p50' },
  { x: 10, label: 'p90' },
  { x: 100, label: 'p99' },
  { x: 1_000, label: 'p99.9' },
  { x: 10_000, label: 'p99.99' },
];

const places = [
  ...new Set([
    ...Array.from({ length: stepsPerDecade * decades + 1 }, (_, i) => 10 ** (i / stepsPerDecade)),
    ...columns.map(({ x }) => x),
  ]),
].sort((a, b) => a - b);

/** What everybody looks for first. */
const foremost = (suite: SuiteName, { series, payloadBytes }: Point) =>
  suite === 'latency' && series === 'typed' && payloadBytes === 64;

export function percentilesPlot(runs: readonly Run[], all: readonly Series[]): Plot | undefined {
  const views = suiteNames.flatMap((suite) =>
    pointsOf(runs, suite).map((point) => ({
      foremost: foremost(suite, point),
      label: [suite, describePoint(point)].filter((words) => words !== '').join(', '),
      figure: 'p50Us' as const,
      lines: linesOf(runs, all, suite, point),
      columns,
    })),
  );
  const inOrder = [...views.filter((view) => view.foremost), ...views.filter((view) => !view.foremost)]
    .filter(({ lines }) => lines.length > 0)
    .map(({ foremost: _, ...view }) => view);
  if (inOrder.length === 0) return undefined;
  const most = Math.max(...inOrder.flatMap(({ lines }) => lines.map(({ values }) => values.at(-1)!.x)));
  const ticks = Array.from({ length: decades + 1 }, (_, i) => 10 ** i)
    .filter((x) => x <= most)
    .map((x) => ({ x, label: percentileLabel(x) }));
  return {
    id: 'percentiles',
    title: 'Percentiles',
    words: `The calls of all rounds together, out to the slowest ones: to the right of 99 % stands what one call in a hundred takes at least. Each line ends where fewer than ten calls are left, which would be chance.`,
    shape: 'lines',
    axis: { label: 'share of the calls that took no longer', log: true, ticks },
    views: inOrder,
  };
}

/** `99.9 %` for one in 1000. */
export function percentileLabel(oneIn: number): string {
  return `${formatShare(1 - 1 / oneIn)} %`;
}

function formatShare(share: number): string {
  return Number((share * 100).toFixed(6)).toString();
}

function pointsOf(runs: readonly Run[], suite: SuiteName): Point[] {
  const points = new Map<string, Point>();
  for (const { cells } of runs) {
    for (const cell of cells.values()) if (cell.suite === suite) points.set(pointKey(cell.point), cell.point);
  }
  return [...points.values()];
}

function linesOf(runs: readonly Run[], all: readonly Series[], suite: SuiteName, point: Point): Line[] {
  return all.flatMap(({ id, run, transport }) => {
    const cell = runs[run]!.cells.get(cellKey({ suite, point, transport }));
    const latencies = cell && latenciesOf(runs[run]!, cell);
    if (latencies === undefined || latencies.calls < leastBeyond) return [];
    return [{ series: id, values: curve(latencies) }];
  });
}

function curve(latencies: Latencies): Value[] {
  const values: Value[] = [];
  for (const x of places) {
    if (x * leastBeyond > latencies.calls) break;
    values.push({ x: fiveDigits(x), y: fiveDigits(latencies.percentileUs(100 * (1 - 1 / x))) });
  }
  return values;
}

/** @throws ResultsFileError when what stands there is no histogram */
function latenciesOf({ file, results }: Run, { trials }: Cell): Latencies | undefined {
  const parts = trials.flatMap(({ latencies }) => latencies ?? []);
  if (parts.length === 0) return undefined;
  try {
    return Latencies.merge(parts);
  } catch (cause) {
    const bad = results.trials.findIndex((trial) => trials.includes(trial) && !isReadable(trial));
    throw new ResultsFileError(`${file}: trials[${bad}].latencies.histogram: no HDR histogram`, { cause });
  }
}

function isReadable({ latencies }: Trial): boolean {
  try {
    Latencies.merge(latencies === undefined ? [] : [latencies]);
    return true;
  } catch {
    return false;
  }
}
