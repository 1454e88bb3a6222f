/** Lines over an axis of numbers. */
import type { Plot } from '../model.js';
import { type ShownLine, shownLines, state, viewOf } from './state.js';
import { figureAxis, inks, markOf, narrow, strokeOf, textStyle, tooltip } from './style.js';
import { tip } from './tip.js';
import { whiskers } from './whiskers.js';

/** More values than these in a line, and only those at the axis' ticks have marks. */
const mostMarks = 12;

export function linesOption(plot: Plot) {
  const view = viewOf(plot);
  const { axis } = plot;
  const { ink, quiet, rule } = inks();
  const lines = shownLines(view);
  // A ratio has its natural zero.
  const log = state.logarithmic && view.figure !== 'ratio';
  const ticks = axis.ticks.map(({ x }) => x);
  const label = (x: number) => axis.ticks.find((tick) => tick.x === x)?.label;
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: textStyle(),
    grid: { left: 8, right: narrow.matches ? 14 : 24, top: 16, bottom: 28, containLabel: true },
    tooltip: {
      ...tooltip(),
      trigger: 'axis' as const,
      formatter: (found: unknown) => axisTip(plot, lines, found),
    },
    xAxis: {
      type: axis.log ? ('log' as const) : ('value' as const),
      name: axis.label,
      nameLocation: 'middle' as const,
      nameGap: 28,
      nameTextStyle: { color: quiet },
      min: Math.min(...ticks),
      max: Math.max(...ticks, ...lines.map(({ values }) => values.at(-1)?.x ?? 0)),
      axisLabel: {
        customValues: ticks,
        color: quiet,
        hideOverlap: true,
        formatter: (x: number) => label(nearest(ticks, x)) ?? '',
      },
      axisTick: { customValues: ticks },
      splitLine: { show: false },
      axisLine: { onZero: false, lineStyle: { color: quiet } },
    },
    yAxis: figureAxis(view.figure, log),
    series: [
      ...lines.map((line, index) => lineSeries(line, log, ticks, index === 0 ? view.level : undefined, ink)),
      ...lines.map((line) => whiskers(line.values, line.owner, 'vertical')),
    ],
    ...(lines.length === 0 && { graphic: nothing(quiet, rule) }),
  };
}

function lineSeries(
  { owner, values }: ShownLine,
  log: boolean,
  ticks: readonly number[],
  level: { readonly y: number; readonly label: string } | undefined,
  ink: string,
) {
  const few = values.length <= mostMarks;
  return {
    type: 'line' as const,
    id: `line ${owner.id}`,
    name: owner.name,
    ...markOf(owner),
    symbolSize: 8,
    showAllSymbol: true as const,
    lineStyle: strokeOf(owner),
    emphasis: { focus: 'series' as const, lineStyle: { width: 4 } },
    data: values
      // A logarithm has no zero.
      .filter(({ y }) => !log || y > 0)
      .map(({ x, y }) => ({ value: [x, y], ...(!few && !isTick(ticks, x) && { symbol: 'none' }) })),
    ...(level && {
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: ink, type: 'dashed' as const, width: 1.5 },
        label: { formatter: level.label, position: 'insideEndTop' as const, color: ink },
        data: [{ yAxis: level.y }],
      },
    }),
  };
}

/** All lines at the place of the pointer, the largest first. */
function axisTip(plot: Plot, lines: readonly ShownLine[], found: unknown): string {
  const first = (found as readonly { value?: readonly [number, number] }[]).find(({ value }) => value);
  const x = first?.value?.[0];
  if (x === undefined) return '';
  const rows = lines
    .flatMap(({ owner, values }) => {
      const value = values.find((candidate) => candidate.x === x);
      return value === undefined ? [] : [{ name: owner.name, look: owner.look, value }];
    })
    .sort((a, b) => b.value.y - a.value.y);
  const view = viewOf(plot);
  const columns = [...plot.axis.ticks, ...(view.columns ?? [])];
  const heading = columns.find((tick) => tick.x === x)?.label ?? headingAt(plot, x);
  return tip(`${heading} ${plot.id === 'percentiles' ? '' : plot.axis.label}`.trim(), view.figure, rows);
}

/** Between the ticks of percentiles. */
function headingAt(plot: Plot, x: number): string {
  return plot.id === 'percentiles' ? `p${Number((100 * (1 - 1 / x)).toFixed(4))}` : `${x}`;
}

const isTick = (ticks: readonly number[], x: number) => ticks.some((tick) => Math.abs(tick / x - 1) < 1e-4);

/** The axis gives values back that went through a logarithm. */
function nearest(ticks: readonly number[], x: number): number {
  return ticks.reduce((best, tick) => (Math.abs(tick - x) < Math.abs(best - x) ? tick : best), ticks[0] ?? x);
}

/** Instead of an empty plot. */
export function nothing(ink: string, stroke: string) {
  return {
    type: 'text' as const,
    left: 'center',
    top: 'middle',
    style: { text: 'Everything here is hidden.', fill: ink, stroke, lineWidth: 0 },
  };
}
