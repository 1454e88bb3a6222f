import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pageOf as documentOf, escapeHtml } from '@doorcall/charts/page';
import type { SoakResult, Step } from '../result.js';
import { sentencesOf } from './summary.js';

/** Bundled by `npm run build`: the plotting library and what draws with it. */
const SCRIPT = fileURLToPath(new URL('../page/page.js', import.meta.url));

/** Rows of the table that says the same as the plots. */
const MOST_ROWS = 40;

const CHARTS = [
  [
    'p99',
    'Slowest of a hundred calls (p99) by kind',
    'Milliseconds, logarithmic. Shaded where CPU or memory was under pressure.',
  ],
  ['p50', 'Median call by kind', 'Milliseconds, logarithmic.'],
  [
    'rate',
    'Calls',
    'Succeeded and failed, a second; marks are kills, stops, restarts and terminated threads.',
  ],
  ['rss', 'Resident memory by process', 'MiB. A process that is killed has a successor in its place.'],
  ['fds', 'Open descriptors by process', 'A server holds some for each client.'],
] as const;

/** The run on one page that needs nothing else: no network, light and dark, and a table for who cannot see the plots. */
export function pageOf(result: SoakResult): string {
  const { environment: e } = result;
  const sections = CHARTS.map(
    ([id, title, words]) =>
      `<section><h2>${title}</h2><p>${words}</p><div class="chart" id="${id}" role="img" aria-label="${title}; the table below has the figures"></div></section>`,
  );
  const body = `<main>
<h1>doorcall: soak</h1>
${sentencesOf(result)
  .map(
    (sentence, at, all) => `<p${at === all.length - 1 ? ' class="verdict"' : ''}>${escapeHtml(sentence)}</p>`,
  )
  .join('\n')}
${result.violations.length === 0 ? '' : `<ul>${result.violations.map((words) => `<li>${escapeHtml(words)}</li>`).join('')}</ul>`}
<p><code>${escapeHtml(result.command)}</code><br>${escapeHtml(
    `${e.cpu}, ${e.cpus} CPUs, ${e.memoryGiB} GiB, Linux ${e.kernel}, Node ${e.node}, commit ${e.commit ?? 'unknown'}, ${e.date}`,
  )}</p>
${sections.join('\n')}
<section><details><summary>The figures as a table</summary><div class="wide">${tableOf(result.steps)}</div></details></section>
</main>`;
  return documentOf({
    title: `doorcall: soak of ${Math.round(result.seconds / 60)} minutes`,
    body,
    style: '.verdict { font-weight: 600; }',
    data: result,
    script: readFileSync(SCRIPT, 'utf8'),
  });
}

function tableOf(steps: readonly Step[]): string {
  const kinds = [...new Set(steps.flatMap(({ times }) => Object.keys(times)))].sort();
  const head = ['s', 'pressure', 'succeeded/s', 'failed/s', ...kinds.map((kind) => `${kind} p99 ms`)];
  const every = Math.max(1, Math.ceil(steps.length / MOST_ROWS));
  const rows = steps
    .filter((_, index) => index % every === 0)
    .map(({ at, pressure, succeeded, failed, times }) => [
      at,
      pressure,
      succeeded,
      failed,
      ...kinds.map((kind) => (times[kind] === undefined ? '' : (times[kind].p99 / 1_000).toFixed(1))),
    ]);
  const row = (cells: readonly unknown[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(String(cell))}</${tag}>`).join('')}</tr>`;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('')}</tbody></table>`;
}
