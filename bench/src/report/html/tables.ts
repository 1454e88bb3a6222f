/** The figures behind each plot, as tables: for who cannot see the plot, or wants the numbers. */
import { escapeHtml } from '@doorcall/charts/page';
import { formatFigure, threeDigits } from '../../lab/figure-text.js';
import type { Model, Plot, Value, View } from '../model.js';

export function viewTable({ series }: Model, plot: Plot, view: View): string {
  const columns = view.columns ?? plot.axis.ticks;
  const rows = view.lines.map(({ series: id, values, endsBecause = '–' }): [string, ...Cell[]] => [
    series[id]!.name,
    ...columns.map(({ x }) => {
      const value = values.find((candidate) => candidate.x === x);
      if (value !== undefined) return figureCell(view.figure, value);
      return x > (values.at(-1)?.x ?? Infinity) ? endsBecause : '–';
    }),
  ]);
  const several = plot.views.length > 1;
  return table({
    caption: several ? view.label : plot.title,
    titled: !several,
    head: ['', ...columns.map(({ label }) => label)],
    rows,
  });
}

/** What stands in a cell: text, and what is smaller beneath it. */
export type Cell = string | readonly [text: string, beneath: string];

export function figureCell(figure: View['figure'], { y, low, high }: Value): Cell {
  const text = formatNumber(figure, y);
  return low === undefined || high === undefined ? text : [text, formatRange(figure, low, high)];
}

/** `1.73 µs (1.70–1.81 µs)` */
export function formatValue(figure: View['figure'], { y, low, high }: Value): string {
  const text = formatNumber(figure, y);
  return low === undefined || high === undefined ? text : `${text} (${formatRange(figure, low, high)})`;
}

export function formatNumber(figure: View['figure'], value: number): string {
  return figure === 'ratio' ? threeDigits(value) : formatFigure(figure, value);
}

/** With the unit once where both ends have the same. */
export function formatRange(figure: View['figure'], low: number, high: number): string {
  const [first, last] = [formatNumber(figure, low), formatNumber(figure, high)];
  const unitOf = (text: string) => /[^\d.]+$/.exec(text)?.[0] ?? '';
  const unit = unitOf(first);
  return unit === unitOf(last) ? `${first.slice(0, first.length - unit.length)}–${last}` : `${first}–${last}`;
}

interface Table {
  readonly caption: string;
  /** Whether a heading says the same already. */
  readonly titled?: boolean;
  readonly head: readonly string[];
  /** The first cell of each is its heading. */
  readonly rows: readonly (readonly [string, ...Cell[]])[];
  /** Cells of text, not of figures. */
  readonly text?: true;
}

/** Scrolls by itself where it is wider than the page. */
export function table({ caption, titled, head, rows, text }: Table): string {
  const headings = head.map((cell) => `<th scope="col">${escapeHtml(cell)}</th>`).join('');
  const body = rows.map(([first, ...cells]) => {
    const others = cells.map((cell) => `<td>${cellHtml(cell)}</td>`).join('');
    return `<tr><th scope="row">${escapeHtml(first)}</th>${others}</tr>`;
  });
  const title = escapeHtml(caption);
  return `<div class="wide" tabindex="0" role="region" aria-label="${title}"><table${text ? ' class="text"' : ''}><caption${titled ? ' class="unseen"' : ''}>${title}</caption><thead><tr>${headings}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function cellHtml(cell: Cell): string {
  if (typeof cell === 'string') return escapeHtml(cell);
  const [text, beneath] = cell;
  return `${escapeHtml(text)} <small>${escapeHtml(beneath)}</small>`;
}
