import type { Run } from './input.js';
import { seriesOf } from './input.js';
import type { Model } from './model.js';
import { linePlans, linesPlot } from './plots/lines.js';
import { percentilesPlot } from './plots/percentiles.js';
import { rowPlans, rowsPlot } from './plots/rows.js';

/** In the order of the page. */
const order = [
  ...['percentiles', 'latency', 'throughput', 'openloop', 'fanin', 'mixed', 'handoff', 'cost', 'chain'],
  'placement',
];

/** @throws ResultsFileError when a histogram cannot be read */
export function buildModel(runs: readonly Run[]): Model {
  const series = seriesOf(runs);
  const plots = [
    percentilesPlot(runs, series),
    ...linePlans.map((plan) => linesPlot(plan, runs, series)),
    ...rowPlans.map((plan) => rowsPlot(plan, runs, series)),
  ].filter((plot) => plot !== undefined);
  return {
    runs: runs.map(({ label }) => label),
    series,
    plots: plots.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id)),
  };
}
