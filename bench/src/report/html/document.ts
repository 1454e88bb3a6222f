import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { escapeHtml, pageOf } from '@doorcall/charts/page';
import { buildModel } from '../build-model.js';
import type { Run } from '../input.js';
import type { Kind, Model } from '../model.js';
import { type Statement, statementsOf } from '../words/sentences.js';
import { costTable, environment, gaps, generator, openLoopTable, transports, trust } from './facts.js';
import { colourVariables, plotSection } from './plot-section.js';

/** Bundled by `npm run build`: the plotting library and what draws with it. */
const script = fileURLToPath(new URL('../page/page.js', import.meta.url));
const style = fileURLToPath(new URL('../page/page.css', import.meta.url));

/** @throws ResultsFileError when a histogram cannot be read */
export function documentOf(runs: readonly Run[]): string {
  const model = buildModel(runs);
  const costs = costTable(runs, model);
  const openLoops = openLoopTable(runs, model);
  const body = `<header>
<h1>doorcall: the latency lab</h1>
<p>What a call between two processes of one machine takes and costs, by doorcall and by other means, measured in turn in fresh processes. Figures are medians over the rounds, with bootstrap intervals in brackets; smaller is better for times, larger for rates.</p>
${trust(runs)}
</header>
${controls(model)}
<main>
<section class="lists" aria-labelledby="words-title"><h2 id="words-title">In words</h2>
${runs.map((run) => words(run, runs.length > 1)).join('\n')}
</section>
${model.plots.map((plot) => plotSection(model, plot)).join('\n')}
${costs === '' ? '' : `<section aria-labelledby="costs-title"><h2 id="costs-title">What a call and a connection cost</h2>${costs}</section>`}
${openLoops === '' ? '' : `<section aria-labelledby="openloops-title"><h2 id="openloops-title">What was offered, and what was achieved</h2>${openLoops}</section>`}
<section aria-labelledby="transports-title"><h2 id="transports-title">Transports</h2>${transports(runs, model)}</section>
<section aria-labelledby="gaps-title"><h2 id="gaps-title">Not measured</h2>${gaps(runs)}${generator(runs)}</section>
<section aria-labelledby="environment-title"><h2 id="environment-title">Environment</h2>${environment(runs)}</section>
</main>`;
  return pageOf({
    title: `doorcall latency lab: ${runs.map(({ label }) => label).join(', ')}`,
    body,
    style: `:root { ${colourVariables} }\n${readFileSync(style, 'utf8')}`,
    data: model,
    script: readFileSync(script, 'utf8'),
  });
}

const kindWords: Readonly<Record<Kind, string>> = { ours: 'doorcall', peer: 'peers', floor: 'floor' };

function controls({ series }: Model): string {
  const kinds = (['ours', 'peer', 'floor'] as const).filter((kind) =>
    series.some((one) => one.kind === kind),
  );
  const boxes = kinds.map(
    (kind) =>
      `<label><input type="checkbox" checked autocomplete="off" data-kind="${kind}"> ${kindWords[kind]}</label>`,
  );
  return `<div class="controls" role="group" aria-label="All plots">
${boxes.join('\n')}
<label><input type="checkbox" checked autocomplete="off" id="logarithmic"> logarithmic</label>
<button type="button" id="theme" aria-pressed="false">dark</button>
</div>`;
}

function words(run: Run, named: boolean): string {
  const statements = statementsOf(run);
  const title = named ? `<h3>${escapeHtml(run.label)}</h3>` : '';
  if (statements.length === 0) return `${title}<p>No transport of ours was measured.</p>`;
  return `${title}${statements.map(statement).join('\n')}`;
}

function statement({ text, lines = [] }: Statement): string {
  const list = lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('');
  return `<p>${escapeHtml(text)}</p>${list === '' ? '' : `<ul>${list}</ul>`}`;
}
