/** Plots with a row for each transport, and a mark for each of a few conditions or figures. */
import { besideWords, figureWords, placementWords } from '../../lab/figure-text.js';
import type { FigureName, Point, SuiteName } from '../../lab/results.js';
import { cellsIn, figureOf, missingNotes, type Run, valueAt } from '../input.js';
import type { Plot, Series, View } from '../model.js';

/** A mark in each row. */
interface Part {
  readonly label: string;
  readonly figure: FigureName;
  readonly point: (point: Point) => boolean;
}

interface RowsPlan {
  readonly suite: SuiteName;
  readonly title: string;
  readonly words: string;
  readonly shape: 'dots' | 'bars';
  readonly axis: string;
  readonly views: readonly {
    readonly label: string;
    readonly figure: FigureName;
    readonly parts: readonly Part[];
  }[];
}

const everywhere = () => true;

const byFigures = (figures: readonly FigureName[]): Part[] =>
  figures.map((figure) => ({ label: figureWords[figure], figure, point: everywhere }));

const byPlacement = (figure: FigureName): Part[] =>
  (['free', 'same', 'apart'] as const).map((placement) => ({
    label: placementWords[placement],
    figure,
    point: (point) => point.placement === placement,
  }));

const byBeside = (figure: FigureName): Part[] =>
  (['alone', 'large'] as const).map((beside) => ({
    label: besideWords[beside],
    figure,
    point: (point) => point.beside === beside,
  }));

export const rowPlans: readonly RowsPlan[] = [
  {
    suite: 'mixed',
    title: 'Small calls beside large ones',
    words:
      'Orders on a connection that carries 1 MiB calls at the same time: how far a large message holds up the small ones behind it.',
    shape: 'dots',
    axis: 'of the small calls',
    views: [
      { label: 'p99', figure: 'p99Us', parts: byBeside('p99Us') },
      { label: 'p50', figure: 'p50Us', parts: byBeside('p50Us') },
    ],
  },
  {
    suite: 'cost',
    title: 'CPU time of a call',
    words:
      'User and system time of both processes, one call at a time. It includes the time spent spinning. Where both ends are threads of one process, all of it stands as the client’s.',
    shape: 'bars',
    axis: 'CPU time per call',
    views: [
      {
        label: 'CPU per call',
        figure: 'clientCpuUsPerCall',
        parts: [
          { label: 'client', figure: 'clientCpuUsPerCall', point: everywhere },
          { label: 'server', figure: 'serverCpuUsPerCall', point: everywhere },
        ],
      },
    ],
  },
  {
    suite: 'chain',
    title: 'A chain of three services',
    words:
      'A gateway calls orders, which calls the inventory before it answers: two calls, one waiting for the other.',
    shape: 'dots',
    axis: 'seen by the gateway',
    views: [{ label: 'latency', figure: 'p50Us', parts: byFigures(['p50Us', 'p99Us']) }],
  },
  {
    suite: 'placement',
    title: 'Placement',
    words:
      'One call at a time, with both processes where the scheduler puts them, on one CPU, and on one CPU each.',
    shape: 'dots',
    axis: 'one call at a time',
    views: [
      { label: 'p50', figure: 'p50Us', parts: byPlacement('p50Us') },
      { label: 'p99', figure: 'p99Us', parts: byPlacement('p99Us') },
    ],
  },
];

/** Undefined when no run measured the suite. */
export function rowsPlot(plan: RowsPlan, runs: readonly Run[], all: readonly Series[]): Plot | undefined {
  const { suite, title, words, shape, axis, views } = plan;
  const drawn = views
    .map(({ label, figure, parts }): View => {
      const lines = all.flatMap(({ id, run, transport }) => {
        const cells = cellsIn(runs[run]!, suite, transport);
        const values = parts.flatMap((part, x) => {
          const cell = cells.find(({ point }) => part.point(point));
          const interval = cell && figureOf(cell, part.figure);
          return interval === undefined ? [] : [valueAt(x, interval)];
        });
        return values.length === 0 ? [] : [{ series: id, values }];
      });
      return { label, figure, lines };
    })
    .filter(({ lines }) => lines.length > 0);
  if (drawn.length === 0) return undefined;
  const ticks = views[0]!.parts.map(({ label }, x) => ({ x, label }));
  const figures = views.flatMap(({ parts }) => parts.map(({ figure }) => figure));
  const notes = missingNotes(runs, suite, figures);
  return { id: suite, title, words, shape, axis: { label: axis, log: false, ticks }, notes, views: drawn };
}
