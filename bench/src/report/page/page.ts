/** Runs in the browser: draws the plots of the model that stands in the page, and follows the reader's choices. */
import { Charts, isDark } from '@doorcall/charts/browser';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GraphicComponent, GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Kind } from '../model.js';
import { linesOption } from './lines.js';
import { rowsHeight, rowsOption } from './rows.js';
import { isShown, model, plotOf, state, viewOf } from './state.js';
import { narrow } from './style.js';

use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GraphicComponent,
  GridComponent,
  MarkLineComponent,
  TooltipComponent,
  SVGRenderer,
]);

const ids = model.plots.map(({ id }) => id);

const charts = new Charts(ids, (id) => {
  const plot = plotOf(id);
  if (plot.shape === 'lines') return linesOption(plot);
  const place = document.getElementById(id);
  if (place !== null) place.style.height = `${rowsHeight(plot)}px`;
  return rowsOption(plot);
});

const all = <T extends HTMLElement>(selector: string) => document.querySelectorAll<T>(selector);

const plotIdOf = (chip: HTMLElement) => chip.closest('section')?.querySelector('.chart')?.id ?? '';

/** In all legends; in those of plots whose present view has no such line, as absent. */
function showChips(): void {
  for (const chip of all<HTMLButtonElement>('.chip')) {
    const series = model.series[Number(chip.dataset.series)];
    if (series === undefined) continue;
    chip.setAttribute('aria-pressed', String(isShown(series)));
    const { lines } = viewOf(plotOf(plotIdOf(chip)));
    chip.classList.toggle('absent', !lines.some((line) => line.series === series.id));
  }
}

function showChoices(): void {
  showChips();
  charts.update();
}

showChips();
for (const chip of all<HTMLButtonElement>('.chip')) {
  const id = Number(chip.dataset.series);
  const series = model.series[id];
  if (series === undefined) continue;
  chip.addEventListener('click', () => {
    if (isShown(series)) state.hidden.add(id);
    else {
      state.hidden.delete(id);
      showKind(series.kind, true);
    }
    showChoices();
  });
  for (const [event, type] of [
    ['mouseenter', 'highlight'],
    ['mouseleave', 'downplay'],
    ['focus', 'highlight'],
    ['blur', 'downplay'],
  ] as const) {
    chip.addEventListener(event, () => {
      charts.get(plotIdOf(chip))?.dispatchAction({ type, seriesId: `line ${id}` });
    });
  }
}

/** Also when one series of a hidden kind is asked for. */
function showKind(kind: Kind, shown: boolean): void {
  if (shown === !state.hiddenKinds.has(kind)) return;
  const box = document.querySelector<HTMLInputElement>(`[data-kind="${kind}"]`);
  if (box !== null) box.checked = shown;
  if (shown) state.hiddenKinds.delete(kind);
  else state.hiddenKinds.add(kind);
}

for (const box of all<HTMLInputElement>('[data-kind]')) {
  box.addEventListener('change', () => {
    showKind(box.dataset.kind as Kind, box.checked);
    showChoices();
  });
}

for (const select of all<HTMLSelectElement>('[data-plot]')) {
  select.addEventListener('change', () => {
    const id = select.dataset.plot ?? '';
    state.views.set(id, Number(select.value));
    showChips();
    charts.update([id]);
  });
}

narrow.addEventListener('change', () => charts.update());

const logarithmic = document.getElementById('logarithmic') as HTMLInputElement;
logarithmic.addEventListener('change', () => {
  state.logarithmic = logarithmic.checked;
  charts.update();
});

const theme = document.getElementById('theme') as HTMLButtonElement;
const showTheme = () => theme.setAttribute('aria-pressed', String(isDark()));
showTheme();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showTheme);
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
  showTheme();
  charts.draw();
});
