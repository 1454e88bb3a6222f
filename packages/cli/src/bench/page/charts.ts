/**
 * Draws without a browser. `npm run build` bundles this file with what it needs of the plotting library, so that whoever
 * installs the command does not install 60 MB of it.
 */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, SVGRenderer]);

/** Something to be drawn, twice: for a wide screen and for a narrow one, whose letters must not shrink. */
export interface Picture {
  readonly wide: string;
  readonly narrow: string;
}

/** A share of the calls, and how long it took at most. */
export interface CurvePoint {
  readonly percent: number;
  readonly us: number;
}

export interface Bar {
  readonly label: string;
  readonly count: number;
}

const SIZES = { wide: { width: 880, height: 340 }, narrow: { width: 360, height: 300 } };

/** Set by the page, by the reader's preference for light or dark. */
const COLOURS = { text: 'var(--text)', line: 'var(--line)', data: 'var(--data)' };
const FONT = { color: COLOURS.text, fontSize: 12, fontFamily: 'system-ui, sans-serif' };

type Option = Parameters<ReturnType<typeof init>['setOption']>[0];

/**
 * Latency by percentile. The tail has as much room as the rest: each nine is as wide as the one before.
 *
 * @param timeText how an axis names a time in µs
 */
export function percentileCurve(points: readonly CurvePoint[], timeText: (us: number) => string): Picture {
  const nines = ({ percent }: CurvePoint) => -Math.log10(1 - percent / 100);
  const most = Math.ceil(Math.max(1, ...points.map(nines)));
  const marks: Record<number, string> = {
    0: '0',
    1: '90',
    2: '99',
    3: '99.9',
    4: '99.99',
    5: '99.999',
    6: '99.9999',
  };
  return draw(() => ({
    xAxis: {
      ...axis('value', 'percentile of calls', 32),
      min: 0,
      max: most,
      interval: 1,
      axisLabel: { ...FONT, formatter: (value: number) => `${marks[value] ?? ''} %` },
    },
    yAxis: {
      ...axis('log', '', 0),
      axisLabel: { ...FONT, formatter: timeText },
    },
    series: [
      {
        type: 'line',
        data: points.map((point) => [nines(point), point.us]),
        showSymbol: false,
        lineStyle: { color: COLOURS.data, width: 2 },
      },
    ],
  }));
}

/** How many calls took how long. */
export function histogram(bars: readonly Bar[]): Picture {
  return draw(({ width }) => ({
    xAxis: {
      ...axis('category', 'took at most', width < 500 ? 56 : 32),
      data: bars.map(({ label }) => label),
      axisLabel: { ...FONT, interval: 0, rotate: width < 500 ? 60 : 0 },
    },
    yAxis: { ...axis('value', 'calls', 54), minInterval: 1 },
    series: [
      {
        type: 'bar',
        data: bars.map(({ count }) => count),
        itemStyle: { color: COLOURS.data },
        barCategoryGap: '12%',
        // A bin with a few calls in it must not look like an empty one.
        barMinHeight: 2,
      },
    ],
  }));
}

function axis(type: 'value' | 'log' | 'category', name: string, nameGap: number) {
  return {
    type,
    name,
    nameLocation: 'middle' as const,
    nameGap,
    nameTextStyle: FONT,
    axisLabel: FONT,
    axisLine: { show: true, lineStyle: { color: COLOURS.line } },
    axisTick: { lineStyle: { color: COLOURS.line } },
    splitLine: { lineStyle: { color: COLOURS.line, opacity: 0.35 } },
  };
}

function draw(optionOf: (size: { readonly width: number }) => object): Picture {
  const drawn = ({ width, height }: { readonly width: number; readonly height: number }) => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
    chart.setOption({
      animation: false,
      grid: { left: 72, right: 32, top: 16, bottom: 72 },
      ...optionOf({ width }),
    } as Option);
    const svg = chart.renderToSVGString();
    chart.dispose();
    return svg;
  };
  return { wide: drawn(SIZES.wide), narrow: drawn(SIZES.narrow) };
}
