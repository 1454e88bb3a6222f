/** Plots of a figure over a number that varies: payload, concurrency, rate, clients, busy processes. */
import { formatBytes, formatCount } from '../../lab/figure-text.js';
import type { FigureName, Point, SuiteName } from '../../lab/results.js';
import { ratioWithinRun } from '../../lab/statistics/bootstrap.js';
import { byRound, type Cell } from '../../lab/statistics/cells.js';
import { cellsIn, figureOf, missingNotes, type Run, saturationIn, valueAt } from '../input.js';
import type { Plot, Series, Tick, Value, View } from '../model.js';

interface ViewPlan {
  readonly label: string;
  readonly figure: FigureName;
  /** Of the suite's points only these. */
  readonly only?: (point: Point) => boolean;
  /** Divide by the value at the first place, within each round. */
  readonly relative?: true;
  readonly level?: View['level'];
}

interface LinesPlan {
  readonly suite: SuiteName;
  readonly title: string;
  readonly words: string;
  readonly axis: { readonly label: string; readonly log: boolean };
  readonly field: 'payloadBytes' | 'concurrency' | 'ratePerSecond' | 'clients' | 'busy';
  readonly tick: (value: number) => Tick;
  readonly views: readonly ViewPlan[];
}

const plain = (x: number): Tick => ({ x, label: formatCount(x) });

/** Where nothing stands on an axis that has no zero. */
const emptyAt = 4;

const series = (name: string) => (point: Point) => point.series === name;

export const linePlans: readonly LinesPlan[] = [
  {
    suite: 'latency',
    title: 'Latency by payload',
    words:
      'One call at a time, back to back; what goes there comes back. Typed values are checked by a schema on both ends in every transport.',
    axis: { label: 'payload, each way', log: true },
    field: 'payloadBytes',
    tick: (bytes) => ({ x: Math.max(bytes, emptyAt), label: formatBytes(bytes) }),
    views: [
      { label: 'typed: p50', figure: 'p50Us', only: series('typed') },
      { label: 'typed: p99', figure: 'p99Us', only: series('typed') },
      { label: 'bytes: p50', figure: 'p50Us', only: series('bytes') },
      { label: 'bytes: p99', figure: 'p99Us', only: series('bytes') },
    ],
  },
  {
    suite: 'throughput',
    title: 'Throughput by concurrency',
    words: 'One client that keeps a fixed number of calls in flight.',
    axis: { label: 'calls in flight', log: true },
    field: 'concurrency',
    tick: plain,
    views: [
      { label: 'calls/s', figure: 'callsPerSecond' },
      { label: 'p50', figure: 'p50Us' },
      { label: 'p99', figure: 'p99Us' },
    ],
  },
  {
    suite: 'openloop',
    title: 'Latency against offered load',
    words:
      'Calls begin at a fixed rate, whatever the answers do, and each is timed from when it should have begun. A line ends at the rate at which the transport is saturated; what it achieved of each rate stands in the table of open loops below.',
    axis: { label: 'calls/s offered', log: true },
    field: 'ratePerSecond',
    tick: (rate) => ({ x: rate, label: rate >= 1_000 ? `${rate / 1_000} k` : `${rate}` }),
    views: [
      { label: 'p99', figure: 'p99Us' },
      { label: 'p50', figure: 'p50Us' },
      { label: 'achieved', figure: 'achievedPerSecond' },
    ],
  },
  {
    suite: 'fanin',
    title: 'Many clients on one server',
    words: 'Client processes with one call at a time each, on a single server process.',
    axis: { label: 'client processes', log: true },
    field: 'clients',
    tick: plain,
    views: [
      { label: 'calls/s of all', figure: 'callsPerSecond' },
      { label: 'p50', figure: 'p50Us' },
      { label: 'p99', figure: 'p99Us' },
    ],
  },
  {
    suite: 'handoff',
    title: 'The hand-off test',
    words:
      'One call at a time beside compute-bound processes, which want the processors as well. The classic demand is that the rate drops by no more than a factor of two.',
    axis: { label: 'compute-bound processes beside', log: false },
    field: 'busy',
    tick: plain,
    views: [
      {
        label: 'rate, relative to none beside',
        figure: 'callsPerSecond',
        relative: true,
        level: { y: 0.5, label: 'half' },
      },
      { label: 'calls/s', figure: 'callsPerSecond' },
      { label: 'p50', figure: 'p50Us' },
      { label: 'mean', figure: 'meanUs' },
    ],
  },
];

/** Undefined when no run measured the suite. */
export function linesPlot(plan: LinesPlan, runs: readonly Run[], all: readonly Series[]): Plot | undefined {
  const { suite, title, words, axis, field, tick, views } = plan;
  const cells = (run: number, transport: string) =>
    cellsIn(runs[run]!, suite, transport)
      .filter(({ point }) => point[field] !== undefined)
      .sort((a, b) => a.point[field]! - b.point[field]!);
  const places = new Set(
    all.flatMap((one) => cells(one.run, one.transport).map(({ point }) => point[field]!)),
  );
  const drawn = views
    .map(({ label, figure, only, relative, level }): View => {
      const lines = all.flatMap(({ id, run, transport }) => {
        const own = cells(run, transport).filter(({ point }) => only?.(point) ?? true);
        const values = own.flatMap((cell) => {
          const { x } = tick(cell.point[field]!);
          return relative ? relativeValue(x, cell, own[0]!) : absoluteValue(x, cell, figure);
        });
        if (values.length === 0) return [];
        const at = saturationIn(runs[run]!, suite, transport);
        return [
          {
            series: id,
            values,
            ...(at !== undefined && { endsBecause: `saturated at ${formatCount(at)}/s` }),
          },
        ];
      });
      return { label, figure: relative ? 'ratio' : figure, lines, ...(level && { level }) };
    })
    .filter(({ lines }) => lines.length > 0);
  if (drawn.length === 0) return undefined;
  const ticks = [...places].sort((a, b) => a - b).map(tick);
  const figures = views.map(({ figure }) => figure);
  const notes = missingNotes(runs, suite, figures);
  return { id: suite, title, words, shape: 'lines', axis: { ...axis, ticks }, notes, views: drawn };
}

function absoluteValue(x: number, cell: Cell, figure: FigureName): Value[] {
  const interval = figureOf(cell, figure);
  return interval === undefined ? [] : [valueAt(x, interval)];
}

/** Nothing without a value for an idle machine. */
function relativeValue(x: number, cell: Cell, first: Cell): Value[] {
  if (first.point.busy !== 0) return [];
  if (cell === first) return [{ x, y: 1 }];
  const [own, alone] = [byRound(cell, 'callsPerSecond'), byRound(first, 'callsPerSecond')];
  return own.size === 0 || alone.size === 0 ? [] : [valueAt(x, ratioWithinRun(own, alone))];
}
