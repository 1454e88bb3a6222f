/** Intervals, as thin lines through their marks. */
import type { CustomSeriesOption } from 'echarts/charts';
import type { Value } from '../model.js';
import { colourAt } from './style.js';

/** @param way `vertical` where the figure is y; else the row is y, and the figure x */
export function whiskers(
  values: readonly Value[],
  { look, id }: { readonly look: number; readonly id: number | string },
  way: 'vertical' | 'horizontal',
): CustomSeriesOption {
  const colour = colourAt(look);
  const vertical = way === 'vertical';
  const known = values.flatMap(({ x, low, high }) =>
    low === undefined || high === undefined || low <= 0 ? [] : [[x, low, high]],
  );
  return {
    type: 'custom',
    id: `whiskers ${id}`,
    silent: true,
    tooltip: { show: false },
    encode: vertical ? { x: 0, y: [1, 2] } : { x: [1, 2], y: 0 },
    data: known,
    renderItem(_, api) {
      const end = (dimension: 1 | 2) => {
        const [place, figure] = [api.value(0), api.value(dimension)];
        return api.coord(vertical ? [place, figure] : [figure, place]);
      };
      const [[x1 = 0, y1 = 0], [x2 = 0, y2 = 0]] = [end(1), end(2)];
      return {
        type: 'line',
        shape: { x1, y1, x2, y2 },
        style: { stroke: colour, lineWidth: 1.2, opacity: 0.8 },
      };
    },
  };
}
