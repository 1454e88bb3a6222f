import { escapeHtml } from '@doorcall/charts/page';
import { formatValue } from '../html/tables.js';
import type { Value, View } from '../model.js';
import { colourAt } from './style.js';

export interface TipRow {
  readonly name: string;
  readonly look: number;
  readonly value: Value;
}

/** What stands beside the pointer: a heading, and a row for each mark. */
export function tip(heading: string, figure: View['figure'], rows: readonly TipRow[]): string {
  const lines = rows.map(
    ({ name, look, value }) =>
      `<tr><th><span style="color:${colourAt(look)}">■</span> ${escapeHtml(name)}</th><td>${escapeHtml(formatValue(figure, value))}</td></tr>`,
  );
  return `<div class="tip"><b>${escapeHtml(heading)}</b><table>${lines.join('')}</table></div>`;
}
