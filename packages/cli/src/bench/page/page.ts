import { Latencies } from '@doorcall/load';
import { headline, summaryRows } from '../report-text.js';
import type { BenchResult } from '../result.js';
import { count, time } from '../words.js';
import { type CurvePoint, histogram, type Picture, percentileCurve } from './charts.js';

/** The result on one page that needs nothing else: no network, no script, light and dark, narrow and wide. */
export function pageOf(result: BenchResult): string {
  const { environment: e } = result;
  const machine = `${e.cpu}, ${e.cpus} CPUs, Linux ${e.kernel}, Node ${e.node}, load before ${e.loadBefore.join(' ')}, ${result.date}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(result.method)}: doorcall bench</title>
<style>
${STYLE}
</style>
</head>
<body>
<main>
<h1>${escapeHtml(result.method)}</h1>
<p>${escapeHtml(headline(result))}</p>
${result.remarks.map((remark) => `<p class="remark">${escapeHtml(remark)}</p>`).join('\n')}
${section('Summary', table(['', ''], summaryRows(result)))}
${result.latency.calls === 0 ? '' : latencySections(result)}
${section('Status codes', table(['code', 'calls'], codeRows(result)))}
${result.errors.length === 0 ? '' : section('Errors', table(['calls', 'message'], errorRows(result), 'words'))}
<footer><p><code>${escapeHtml(result.command)}</code></p><p>${escapeHtml(machine)}</p></footer>
</main>
</body>
</html>
`;
}

function latencySections(result: BenchResult): string {
  const curve = curveOf(Latencies.merge([result.latencies]));
  const bars = result.histogram.map(({ toUs, count: calls }) => ({ label: time(toUs), count: calls }));
  const percentiles = result.percentiles.map(({ percent, us }) => [`${percent} %`, time(us)] as const);
  const bins = bars.map(({ label, count: calls }) => [label, count(calls)] as const);
  return [
    section(
      'Latency by percentile',
      figure(percentileCurve(curve, time), 'Latency by percentile; the figures are in the table below'),
      'What share of the calls took how long at most. Both axes are logarithmic: the tail has as much room as the rest.',
      table(['of calls', 'took at most'], percentiles),
    ),
    section(
      'Response times',
      figure(histogram(bars), 'How many calls took how long; the figures are in the table below'),
      'Each bin is as many times as wide as the one before.',
      table(['took at most', 'calls'], bins),
    ),
  ].join('\n');
}

/** As far into the tail as there are calls. */
function curveOf(latencies: Latencies): readonly CurvePoint[] {
  const last = Math.log10(Math.max(2, latencies.calls));
  const steps = 200;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const percent = 100 * (1 - 10 ** (-(step / steps) * last));
    return { percent, us: latencies.percentileUs(percent) };
  });
}

function codeRows({ counts }: BenchResult) {
  return Object.entries(counts).map(([code, calls]) => [code, count(calls)] as const);
}

function errorRows({ errors }: BenchResult) {
  return errors.map(({ code, message, count: calls }) => [count(calls), `${code}: ${message}`] as const);
}

function section(title: string, ...parts: readonly string[]): string {
  const [first = '', ...rest] = parts;
  const words = rest.length > 1 ? `<p>${escapeHtml(rest[0] ?? '')}</p>` : '';
  return `<section><h2>${title}</h2>${words}${first}${rest.at(-1) ?? ''}</section>`;
}

function figure({ wide, narrow }: Picture, label: string): string {
  const drawn = (kind: string, svg: string) =>
    `<div class="${kind}" role="img" aria-label="${label}">${svg}</div>`;
  return `<figure>${drawn('wide', wide)}${drawn('narrow', narrow)}</figure>`;
}

function table(
  head: readonly [string, string],
  rows: readonly (readonly [string, string])[],
  kind = 'figures',
): string {
  const named = head.every((name) => name !== '');
  const top = named
    ? `<thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>`
    : '';
  const body = rows.map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return `<div class="scroll"><table class="${kind}">${top}<tbody>${body.join('')}</tbody></table></div>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}

/** The blue is Okabe and Ito's, and a lighter one on dark: both stand out for people who see few colours. */
const STYLE = `:root { color-scheme: light dark; --text: #1b1b1b; --line: #767676; --data: #0072b2; --back: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --line: #909090; --data: #56b4e9; --back: #16181a; }
}
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 55rem; margin: 0 auto; padding: 1rem; }
h1, p, code { overflow-wrap: anywhere; }
.remark { border-left: 4px solid #d55e00; padding-left: 0.75rem; font-weight: 600; }
figure { margin: 0.5rem 0; }
figure svg { max-width: 100%; height: auto; display: block; }
.narrow { display: none; }
@media (max-width: 40rem) {
  .wide { display: none; }
  .narrow { display: block; }
}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.2rem 1.5rem 0.2rem 0; text-align: left; font-weight: 400; vertical-align: top; }
thead th { border-bottom: 1px solid var(--line); font-weight: 600; }
.figures td { text-align: right; padding-right: 0; }
footer { margin-top: 2rem; font-size: 0.875rem; }`;
