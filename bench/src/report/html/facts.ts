/** What the figures mean nothing without: the machine, the moment, versions, and what is missing. */
import { escapeHtml } from '@doorcall/charts/page';
import { describePoint, figureWords, formatCount } from '../../lab/figure-text.js';
import { generatorNotes } from '../../lab/generator-notes.js';
import type { FigureName, Gap } from '../../lab/results.js';
import { roundsIn } from '../../lab/run.js';
import { reservation } from '../../lab/statistics/bootstrap.js';
import type { Cell as MeasuredCell } from '../../lab/statistics/cells.js';
import { median } from '../../stats.js';
import { cellsIn, figureOf, marked, type Run, saturationIn, valueAt } from '../input.js';
import type { Model } from '../model.js';
import { type Cell, figureCell, table } from './tables.js';

/** Whether the run can be trusted, in a word before all others. */
export function trust(runs: readonly Run[]): string {
  return runs
    .map(({ label, results: { noise, interrupted, rounds: asked, trials } }) => {
      const rounds = interrupted ? roundsIn(trials) : asked;
      const name = runs.length > 1 ? `${label}: ` : '';
      const verdict = noise.trusted
        ? `<p class="verdict good">${escapeHtml(name)}The machine was quiet.`
        : `<p class="verdict bad">${escapeHtml(`${name}Do not trust these figures: ${noise.reasons.join('; ')}.`)}`;
      const few = reservation({ rounds, confidence: 1 - 2 ** (1 - rounds) });
      return [
        verdict,
        interrupted ? 'The run was interrupted; this is a part of it.' : '',
        few === undefined ? '' : escapeHtml(`${few}.`),
      ]
        .filter((part) => part !== '')
        .join(' ')
        .concat('</p>');
    })
    .join('\n');
}

export function environment(runs: readonly Run[]): string {
  const describe = ({ results: { environment: e, noise, rounds, command, interrupted, trials } }: Run) => [
    command,
    `${e.cpu}, ${e.cores} CPUs`,
    `Linux ${e.kernel}`,
    e.virtualisation ?? 'none seen',
    e.governor ?? 'unknown',
    e.node,
    e.commit ?? 'unknown',
    e.date,
    interrupted ? `${roundsIn(trials)} of ${rounds}, the last not whole` : `${rounds}`,
    `${e.loadBefore.join(' ')} before, ${noise.loadAfter} after`,
    `${noise.spinSpreadPercent.toFixed(1)} %`,
    noise.stolenPercent === null ? 'unknown' : `${noise.stolenPercent.toFixed(1)} %`,
  ];
  const names = [
    ...['command', 'processor', 'kernel', 'virtualisation', 'frequency governor', 'Node', 'commit', 'date'],
    ...['rounds', 'load', 'spread of a fixed computation', 'processor time stolen'],
  ];
  const columns = runs.map(describe);
  return table({
    caption: 'Where and how it was measured',
    titled: true,
    head: ['', ...runs.map(({ label }) => label)],
    rows: names.map((name, row): [string, ...Cell[]] => [name, ...columns.map((cells) => cells[row]!)]),
    text: true,
  });
}

/** What each name stands for; once, unless the runs differ in it. */
export function transports(runs: readonly Run[], { series }: Model): string {
  const rows = new Map<string, [string, ...Cell[]]>();
  for (const { transport, run, kind } of series) {
    const { summary, version, doesLess } = runs[run]!.results.transports[transport]!;
    const row: [string, ...string[]] = [marked(transport, doesLess), kind, summary, version, doesLess ?? ''];
    rows.set(row.join('\n'), row);
  }
  return table({
    caption: 'What each name stands for',
    titled: true,
    head: ['', 'kind', 'what runs', 'version', 'does less'],
    rows: [...rows.values()],
    text: true,
  });
}

const costs: readonly FigureName[] = [
  ...(['p50Us', 'cpuUsPerCall', 'clientCpuUsPerCall', 'serverCpuUsPerCall'] as const),
  'contextSwitchesPerCall',
  ...(['idleCpuPercent', 'memoryKiBPerConnection', 'connectAndCallMs', 'firstConnectAndCallMs'] as const),
];

/** Empty without the suite. */
export function costTable(runs: readonly Run[], { series }: Model): string {
  const rows = series.flatMap(({ transport, run, name }): [string, ...Cell[]][] => {
    const cell = cellsIn(runs[run]!, 'cost', transport)[0];
    if (cell === undefined) return [];
    return [
      [
        name,
        ...costs.map((figure) => {
          const interval = figureOf(cell, figure);
          return interval === undefined ? '–' : figureCell(figure, valueAt(0, interval));
        }),
      ],
    ];
  });
  if (rows.length === 0) return '';
  return `${table({
    caption: 'What a call and a connection cost',
    titled: true,
    head: ['', ...costs.map((figure) => figureWords[figure])],
    rows,
  })}${remarks(runs)}`;
}

const ofOpenLoops: readonly FigureName[] = ['achievedPerSecond', 'p50Us', 'p99Us', 'p999Us'];

/** What was offered, and what was achieved of it. Empty without the suite. */
export function openLoopTable(runs: readonly Run[], { series }: Model): string {
  const rows = series.flatMap(({ transport, run, name }) => {
    const saturatedAt = saturationIn(runs[run]!, 'openloop', transport);
    return cellsIn(runs[run]!, 'openloop', transport)
      .map((cell) => ({ cell, rate: cell.point.ratePerSecond! }))
      .sort((a, b) => a.rate - b.rate)
      .map(({ cell, rate }): [string, ...Cell[]] => [
        name,
        `${formatCount(rate)}/s`,
        ...ofOpenLoops.map((figure) => {
          const interval = figureOf(cell, figure);
          return interval === undefined ? '–' : figureCell(figure, valueAt(0, interval));
        }),
        callsOf(cell),
        rate === saturatedAt ? 'saturated: no higher rate was tried' : '',
      ]);
  });
  if (rows.length === 0) return '';
  return table({
    caption: 'Open loops: what was offered, and what was achieved',
    titled: true,
    head: ['', 'offered', ...ofOpenLoops.map((figure) => figureWords[figure]), 'calls in a round', ''],
    rows,
  });
}

/** The median of the rounds; files of earlier versions do not say. */
function callsOf({ trials }: MeasuredCell): string {
  const calls = trials.flatMap((trial) => trial.calls ?? []);
  return calls.length === 0 ? '' : formatCount(median(calls));
}

/** What is in a figure of one transport and not in those of others. */
function remarks(runs: readonly Run[]): string {
  const lines = runs.flatMap(({ results }) =>
    Object.entries(results.transports).flatMap(([name, { remarks: own = {} }]) =>
      Object.entries(own).map(
        ([figure, words]) =>
          `<b>${escapeHtml(name)}</b>, ${escapeHtml(figureWords[figure as FigureName])}: ${escapeHtml(words)}`,
      ),
    ),
  );
  return lines.length === 0 ? '' : `<p class="note">${[...new Set(lines)].join('; ')}.</p>`;
}

/** Empty where all calls of open loops were begun in time. */
export function generator(runs: readonly Run[]): string {
  const lines = runs.flatMap(({ label, results }) =>
    generatorNotes(results.trials).map((line) => `${runs.length > 1 ? `${label}: ` : ''}${line}`),
  );
  if (lines.length === 0) return '';
  return `<p>The generator of the open loops:</p><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

/** One line for each transport and reason, however many places it is in. */
export function gaps(runs: readonly Run[]): string {
  const lines = runs.flatMap(({ label, results }) =>
    [...gapLines(results.gaps)].map(
      ([line, places]) => `${runs.length > 1 ? `${label}: ` : ''}${line} (${[...places].join('; ')})`,
    ),
  );
  const cut = runs.some(({ results }) => results.interrupted)
    ? '<p>What came after an interruption was not measured, and is not listed.</p>'
    : '';
  if (lines.length === 0) return cut || '<p>Everything that was asked for was measured.</p>';
  return `${cut}<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

function gapLines(all: readonly Gap[]): Map<string, Set<string>> {
  const places = new Map<string, Set<string>>();
  for (const { transport, reason, suite, point, round, figure } of all) {
    const line = `${transport}: ${reason}`;
    const where = [
      suite,
      point === undefined ? '' : describePoint(point),
      figure === undefined ? '' : figureWords[figure],
      round === undefined ? '' : `round ${round + 1}`,
    ];
    const place = where.filter((words) => words !== '').join(', ');
    places.set(line, (places.get(line) ?? new Set()).add(place));
  }
  return places;
}
