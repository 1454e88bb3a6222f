/** The outcome of a streams run for a person at a terminal. */
import { gapList, targetTable } from '../report-text.js';
import { environmentLine, formatCount, formatRatio, formatUs, newTable } from '../table.js';
import type { StreamsReport, StreamsResult } from './results.js';
import { type ScenarioName, scenarios } from './scenarios/index.js';

export function printStreams(report: StreamsReport): string {
  const parts = [
    environmentLine(report.environment),
    placementLine(report),
    `Medians of ${report.rounds} rounds. A GB is 10^9 bytes of payload, a p50 that of one operation in µs.`,
  ];
  for (const scenario of new Set(report.results.map((result) => result.scenario))) {
    parts.push(scenarioTable(report, scenario));
  }
  parts.push(
    gapList(report.gaps.map((gap) => ({ ...gap, contestant: gap.measure, subject: gap.scenario }))),
    targetTable(report.targets, 'medians of ratios within a round'),
  );
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function placementLine({ cpus }: StreamsReport): string {
  return cpus === undefined
    ? 'Processes ran where the scheduler put them.'
    : `Of each party the server ran on CPU ${cpus.server} and the client on CPU ${cpus.client}.`;
}

function scenarioTable({ results }: StreamsReport, scenario: ScenarioName): string {
  const { summary, unit, compareBy } = scenarios[scenario];
  const rows = results.filter((result) => result.scenario === scenario);
  const reference = rows[0]!;
  const table = newTable(['', `${unit}/s`, 'GB/s', 'p50', `by ${compareBy === 'p50Us' ? 'p50' : 'rate'}`]);
  for (const row of rows) {
    table.push([
      row.measure,
      formatCount(row.perSecond),
      row.gigabytesPerSecond?.toFixed(2) ?? '',
      row.p50Us === undefined ? '' : formatUs(row.p50Us),
      row === reference ? '1' : inWords(row, reference, compareBy),
    ]);
  }
  return `${scenario}: ${summary}\n${table}`;
}

function inWords(row: StreamsResult, reference: StreamsResult, by: 'perSecond' | 'p50Us'): string {
  const slower = by === 'p50Us' ? row.p50Us! / reference.p50Us! : reference.perSecond / row.perSecond;
  return slower >= 1 ? `${formatRatio(slower)} × slower` : `${formatRatio(1 / slower)} × faster`;
}
