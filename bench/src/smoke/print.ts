/** The outcome of a smoke run for a person at a terminal. */
import { figureWords } from '../lab/figure-text.js';
import { callsNeeded, hasTooFew } from '../lab/statistics/enough-calls.js';
import { verdictLine } from '../noise.js';
import { gapList, targetTable } from '../report-text.js';
import { environmentLine, formatCount, formatRatio, formatUs, newTable } from '../table.js';
import type { SmokeReport, SmokeResult } from './results.js';
import { type ScenarioName, scenarios } from './scenarios.js';

export function printSmoke(report: SmokeReport, rounds: number): string {
  const parts = [
    environmentLine(report.environment),
    verdictLine(report.noise),
    `Medians of ${rounds} rounds. Times in µs.`,
  ];
  for (const scenario of new Set(report.results.map((result) => result.scenario))) {
    parts.push(scenarioTable(report, scenario));
  }
  const gaps = report.gaps.map((gap) => ({ ...gap, contestant: gap.transport, subject: gap.scenario }));
  parts.push(
    latenessTable(report),
    gapList(gaps),
    targetTable(report.targets, 'medians of ratios within a round'),
  );
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function scenarioTable(report: SmokeReport, scenario: ScenarioName): string {
  const { summary, compareBy } = scenarios[scenario];
  const rows = report.results.filter((result) => result.scenario === scenario);
  const reference = rows.find(({ transport }) => transport === 'doorcall') ?? rows[0]!;
  const hasIdle = rows.some(({ cpuPercent }) => cpuPercent !== undefined);
  const inRound = (row: SmokeResult) => ({ calls: row.callsInRound });
  const lacking = percentiles.filter((figure) => rows.some((row) => hasTooFew(inRound(row), figure)));
  const table = newTable([
    'transport',
    'calls',
    'p50',
    'p90',
    'p99',
    'p99.9',
    'mean',
    'calls/s',
    'CPU/call',
    `by ${compareWords[compareBy]}`,
    ...(hasIdle ? ['idle CPU %', 'KiB/conn', 'active ×'] : []),
  ]);
  for (const row of rows) {
    table.push([
      row.transport,
      formatCount(row.callsInRound),
      ...percentiles.map((figure) => (hasTooFew(inRound(row), figure) ? '–' : formatUs(row[figure]))),
      formatUs(row.meanUs),
      formatCount(row.callsPerSecond),
      formatUs(row.cpuUsPerCall),
      row === reference ? '1' : ratioInWords(row, reference, compareBy),
      ...(hasIdle
        ? [row.cpuPercent, row.memoryKiBPerConnection, row.activeRatio].map(
            (value) => value?.toFixed(2) ?? '',
          )
        : []),
    ]);
  }
  const needed = lacking.map((figure) => `${formatCount(callsNeeded(figure))} for a ${figureWords[figure]}`);
  const note =
    needed.length === 0
      ? ''
      : `\n– too few calls in a round: it takes ${needed.join(', ')}, so that ten lie beyond it`;
  return `${scenario}: ${summary}\n${table}${note}`;
}

const percentiles = ['p50Us', 'p90Us', 'p99Us', 'p999Us'] as const;

const compareWords = { p50Us: 'p50', meanUs: 'mean', callsPerSecond: 'calls/s' } as const;

function ratioInWords(row: SmokeResult, reference: SmokeResult, by: keyof typeof compareWords): string {
  const slower = by === 'callsPerSecond' ? reference[by] / row[by] : row[by] / reference[by];
  return slower >= 1 ? `${formatRatio(slower)} × slower` : `${formatRatio(1 / slower)} × faster`;
}

function latenessTable({ loopLateness }: SmokeReport): string {
  if (loopLateness.length === 0) return '';
  const table = newTable(['transport', 'client', 'server']);
  for (const { transport, clientP99Us, serverP99Us } of loopLateness) {
    table.push([transport, formatUs(clientP99Us), formatUs(serverP99Us)]);
  }
  return `Lateness of a 1 ms timer beside 64 calls in flight, p99 (aim for doorcall: below 3000)\n${table}`;
}
