/** Runs in the browser: draws the result that stands in the page. */
import { Charts, dataOf } from '@doorcall/charts/browser';
import { colours, dashOf } from '@doorcall/charts/strokes';
import { LineChart, ScatterChart } from 'echarts/charts';
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsType, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { SoakResult, Step } from '../result.js';

use([
  LineChart,
  ScatterChart,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  TooltipComponent,
  SVGRenderer,
]);

const { steps, happenings } = dataOf<SoakResult>();

type Points = readonly (readonly [number, number])[];
interface Plot {
  readonly series: ReadonlyMap<string, Points>;
  readonly unit: string;
  readonly logarithmic?: boolean;
  /** Where something happened. */
  readonly marks?: boolean;
}

/** One series for each name that any step has. */
function byName(of: (step: Step) => Readonly<Record<string, number>>): Map<string, Points> {
  const series = new Map<string, [number, number][]>();
  for (const step of steps) {
    for (const [name, value] of Object.entries(of(step))) {
      const points = series.get(name) ?? [];
      points.push([step.at, value]);
      series.set(name, points);
    }
  }
  return series;
}

const values = <T>(record: Readonly<Record<string, T>>, pick: (value: T) => number) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, pick(value)]));

const plots: Readonly<Record<string, Plot>> = {
  p99: {
    series: byName(({ times }) => values(times, ({ p99 }) => p99 / 1_000)),
    unit: 'ms',
    logarithmic: true,
  },
  p50: {
    series: byName(({ times }) => values(times, ({ p50 }) => p50 / 1_000)),
    unit: 'ms',
    logarithmic: true,
  },
  rate: { series: byName(({ succeeded, failed }) => ({ succeeded, failed })), unit: '/s', marks: true },
  rss: { series: byName(({ samples }) => values(samples, ({ rssMiB }) => rssMiB)), unit: 'MiB' },
  fds: { series: byName(({ samples }) => values(samples, ({ fds }) => fds)), unit: '' },
};

/** Stretches under pressure, as areas. */
function pressures() {
  const areas: [{ xAxis: number; name: string }, { xAxis: number }][] = [];
  let from = 0;
  for (const [index, { at, pressure }] of steps.entries()) {
    if (steps[index + 1]?.pressure === pressure) continue;
    if (pressure !== 'none')
      areas.push([{ xAxis: from, name: pressure === 'both' ? 'CPU, memory' : pressure }, { xAxis: at }]);
    from = at;
  }
  return areas;
}

function optionOf({ series, unit, logarithmic, marks }: Plot): Parameters<EChartsType['setOption']>[0] {
  const lines = [...series].map(([name, data], index) => ({
    type: 'line' as const,
    name,
    // A logarithm has no zero.
    data: logarithmic === true ? data.filter(([, y]) => y > 0) : data,
    showSymbol: data.length === 1,
    lineStyle: { width: 1.5, type: dashOf(Math.floor(index / colours.length)) },
    ...(index === 0 && {
      markArea: {
        silent: true,
        itemStyle: { opacity: 0.08, color: '#888' },
        label: { fontSize: 10 },
        data: pressures(),
      },
    }),
  }));
  const events = {
    type: 'scatter' as const,
    name: 'disturbances',
    symbol: 'triangle',
    symbolSize: 8,
    data: happenings.map(({ at, what }) => ({ value: [at, 0], name: what })),
    tooltip: { formatter: '{b}' },
  };
  return {
    backgroundColor: 'transparent',
    color: [...colours],
    animation: false,
    grid: { left: 60, right: 16, top: 16, bottom: 96 },
    legend: { type: 'scroll', bottom: 36 },
    tooltip: {
      trigger: 'axis',
      confine: true,
      valueFormatter: (value: unknown) =>
        `${typeof value === 'number' ? Math.round(value * 100) / 100 : value} ${unit}`,
    },
    xAxis: { type: 'value', name: 's', max: steps.at(-1)?.at ?? 1 },
    yAxis: { type: logarithmic === true ? 'log' : 'value', axisLabel: { formatter: `{value} ${unit}` } },
    dataZoom: [{ type: 'slider', height: 16, bottom: 8 }],
    series: marks === true ? [...lines, events] : lines,
  };
}

new Charts(Object.keys(plots), (id) => optionOf(plots[id] as Plot));
