/** A row for each transport, with marks for conditions, or stacked bars. */
import type { BarSeriesOption, CustomSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import type { Plot } from '../model.js';
import { nothing } from './lines.js';
import { type ShownLine, shownLines, state, viewOf } from './state.js';
import { colourAt, figureAxis, inks, markOf, narrow, textStyle, tooltip } from './style.js';
import { tip } from './tip.js';
import { whiskers } from './whiskers.js';

const rowHeight = () => (narrow.matches ? 44 : 30);
const around = 64;

/** The best first. */
function rowsOf(plot: Plot): ShownLine[] {
  const size = ({ values }: ShownLine) =>
    plot.shape === 'bars' ? values.reduce((sum, { y }) => sum + y, 0) : (values[0]?.y ?? 0);
  return shownLines(viewOf(plot)).sort((a, b) => size(a) - size(b));
}

export function rowsHeight(plot: Plot): number {
  return around + Math.max(2, rowsOf(plot).length) * rowHeight();
}

export function rowsOption(plot: Plot) {
  const view = viewOf(plot);
  const { ink, quiet, rule } = inks();
  const rows = rowsOf(plot);
  const bars = plot.shape === 'bars';
  // Bars begin at zero, which has no logarithm.
  const log = state.logarithmic && !bars;
  // On a phone, names stand above their rows.
  const above = narrow.matches;
  return {
    animation: false,
    backgroundColor: 'transparent',
    textStyle: textStyle(),
    grid: { left: above ? 12 : 8, right: 28, top: above ? 20 : 8, bottom: 28, containLabel: !above },
    tooltip: {
      ...tooltip(),
      trigger: 'axis' as const,
      axisPointer: { type: 'shadow' as const },
      formatter: (found: unknown) => {
        const index = (found as readonly { dataIndex: number; axisValue?: string }[])[0];
        const row = rows.find(({ owner }) => owner.name === index?.axisValue);
        return row === undefined ? '' : rowTip(plot, row);
      },
    },
    yAxis: {
      type: 'category' as const,
      inverse: true,
      data: rows.map(({ owner }) => owner.name),
      axisTick: { show: false },
      axisLine: { show: !above, lineStyle: { color: quiet } },
      splitLine: { show: !bars, lineStyle: { color: rule } },
      axisLabel: {
        color: ink,
        interval: 0,
        ...(above && { inside: true, verticalAlign: 'bottom' as const, padding: [0, 0, 11, -8], z: 10 }),
      },
      z: 10,
    },
    xAxis: {
      ...figureAxis(view.figure, log),
      name: plot.axis.label,
      nameLocation: 'middle' as const,
      nameGap: 28,
    },
    series: plot.axis.ticks.flatMap(
      ({ label }, part): (BarSeriesOption | ScatterSeriesOption | CustomSeriesOption)[] => {
        const values = rows.map(({ values }) => values.find(({ x }) => x === part));
        if (bars)
          return [
            barSeries(
              label,
              part,
              values.map((value) => value?.y),
            ),
          ];
        return [
          dotSeries(
            label,
            part,
            values.map((value) => value?.y),
          ),
          whiskers(
            values.flatMap((value, row) => (value === undefined ? [] : [{ ...value, x: row }])),
            { look: part, id: part },
            'horizontal',
          ),
        ];
      },
    ),
    ...(rows.length === 0 && { graphic: nothing(quiet, rule) }),
  };
}

type Maybe = number | undefined;

function dotSeries(name: string, part: number, values: readonly Maybe[]) {
  return {
    type: 'scatter' as const,
    id: `dots ${part}`,
    name,
    ...markOf({ look: part, run: 0 }),
    symbolSize: 11,
    z: 5,
    data: values.flatMap((value, row) => (value === undefined ? [] : [[value, row]])),
  };
}

function barSeries(name: string, part: number, values: readonly Maybe[]) {
  return {
    type: 'bar' as const,
    id: `bars ${part}`,
    name,
    stack: 'all',
    barMaxWidth: 14,
    itemStyle: { color: colourAt(part) },
    data: values.map((value) => value ?? 0),
  };
}

function rowTip(plot: Plot, { owner, values }: ShownLine): string {
  const rows = values.map((value) => ({
    name: plot.axis.ticks[value.x]?.label ?? '',
    look: value.x,
    value,
  }));
  return tip(owner.name, viewOf(plot).figure, rows);
}
