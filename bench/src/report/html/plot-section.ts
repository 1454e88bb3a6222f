import { escapeHtml } from '@doorcall/charts/page';
import { colourOf, symbolOf } from '@doorcall/charts/strokes';
import type { Model, Plot, Series } from '../model.js';
import { viewTable } from './tables.js';

/** A plot with what operates it, and its figures as text. */
export function plotSection(model: Model, plot: Plot): string {
  const shown = model.series.filter(({ id }) =>
    plot.views.some(({ lines }) => lines.some(({ series }) => series === id)),
  );
  const less = new Map(shown.flatMap(({ transport, doesLess }) => (doesLess ? [[transport, doesLess]] : [])));
  return `<section aria-labelledby="${plot.id}-title">
<h2 id="${plot.id}-title">${escapeHtml(plot.title)}</h2>
<p>${escapeHtml(plot.words)}</p>
${viewChoice(plot)}
<div class="chart" id="${plot.id}" role="img" aria-label="${escapeHtml(`Plot: ${plot.title}. The table below has its figures.`)}"></div>
${plot.shape === 'lines' ? '' : partLegend(plot)}
<div class="legend" role="group" aria-label="Show or hide transports in all plots">${shown.map((series) => chip(plot, series)).join('')}</div>
${less.size === 0 ? '' : `<p class="note">* does less than the others. ${[...less].map(([name, words]) => `<b>${escapeHtml(name)}</b>: ${escapeHtml(words)}`).join('; ')}.</p>`}
${(plot.notes ?? []).map((note) => `<p class="note">${escapeHtml(note)}.</p>`).join('\n')}
<details><summary>${escapeHtml(plot.title)} as a table</summary>
${plot.views.map((view) => viewTable(model, plot, view)).join('\n')}
</details>
</section>`;
}

function viewChoice({ id, views }: Plot): string {
  if (views.length < 2) return '';
  const options = views.map(({ label }, index) => `<option value="${index}">${escapeHtml(label)}</option>`);
  return `<p class="view"><label>Show <select data-plot="${id}" autocomplete="off">${options.join('')}</select></label></p>`;
}

/** A button that shows or hides a series everywhere. */
function chip(plot: Plot, { id, name, look, kind, run }: Series): string {
  const sample = plot.shape === 'lines' ? mark(look, run > 0, kind === 'floor') : '';
  return `<button type="button" class="chip" aria-pressed="true" data-series="${id}">${sample}${escapeHtml(name)}</button>`;
}

/** What the marks of a row stand for. */
function partLegend({ shape, axis }: Plot): string {
  const parts = axis.ticks.map(({ label }, index) => {
    const sample = shape === 'bars' ? block(index) : mark(index, false, false, false);
    return `<span>${sample}${escapeHtml(label)}</span>`;
  });
  return `<p class="parts">${parts.join('')}</p>`;
}

function mark(look: number, hollow: boolean, dotted: boolean, line = true): string {
  const stroke = line
    ? `<path d="M0 5H28" class="line" style="--c:var(--c${look % 8})"${dotted ? ' stroke-dasharray="2 2"' : ''}/>`
    : '';
  return `<svg viewBox="-1 -1 30 12" width="30" height="12" aria-hidden="true">${stroke}<path d="${symbolOf(look)}" transform="translate(9)" class="${hollow ? 'hollow' : 'full'}" style="--c:var(--c${look % 8})"/></svg>`;
}

const block = (index: number) =>
  `<svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d="M0 0H12V12H0Z" class="full" style="--c:var(--c${index % 8})"/></svg>`;

/** The colours as CSS variables, which are others in the dark. */
export const colourVariables = Array.from(
  { length: 8 },
  (_, i) => `--c${i}: light-dark(${colourOf(i)}, ${colourOf(i, true)});`,
).join(' ');
