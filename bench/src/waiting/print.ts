/** The outcome of a waiting run for a person at a terminal. */
import { environmentLine, newTable } from '../table.js';
import { topologies } from './cells.js';
import { chosen, policies } from './policies.js';
import type { WaitingReport, WaitingResult } from './results.js';
import { limits } from './verdict.js';

export function printWaiting(report: WaitingReport): string {
  const parts = [
    environmentLine(report.environment),
    `Medians of ${report.rounds} rounds. Each field: p50, mean, p99 and CPU per call in µs. ` +
      'Cells: topology/gap µs/handler µs/busy processes.',
  ];
  for (const topology of topologies) parts.push(topologyTable(report, topology));
  parts.push(verdictTable(report), gapList(report), conclusion(report));
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function topologyTable({ results }: WaitingReport, topology: string): string {
  const rows = groupByCell(results.filter((result) => result.topology === topology));
  if (rows.size === 0) return '';
  const table = newTable(['cell', ...policies]);
  for (const [cell, ofCell] of rows) {
    table.push([cell, ...policies.map((policy) => field(ofCell.find((result) => result.policy === policy)))]);
  }
  return table.toString();
}

function groupByCell(results: readonly WaitingResult[]): Map<string, WaitingResult[]> {
  const groups = new Map<string, WaitingResult[]>();
  for (const result of results) groups.set(result.cell, [...(groups.get(result.cell) ?? []), result]);
  return groups;
}

function field(result: WaitingResult | undefined): string {
  if (result === undefined) return '';
  return [result.p50Us, result.meanUs, result.p99Us, result.cpuUsPerCall].map(formatShort).join(' ');
}

/** Six fields have to fit into a line; the digits that matter are in the ratios and in the JSON. */
function formatShort(us: number): string {
  return us < 10 ? us.toFixed(1) : us.toFixed(0);
}

function verdictTable({ verdict }: WaitingReport): string {
  if (verdict.cells.length === 0) return '';
  const table = newTable(['cell', 'best rival', `${chosen} mean ÷ its mean`, 'CPU ÷ that of park'], 2);
  for (const { cell, bestRival, meanRatio, cpuRatio } of verdict.cells) {
    table.push([cell, bestRival, meanRatio.toFixed(2), cpuRatio?.toFixed(2) ?? '']);
  }
  return table.toString();
}

function gapList({ gaps }: WaitingReport): string {
  if (gaps.length === 0) return '';
  const byReason = new Map<string, number>();
  for (const { policy, reason } of gaps) {
    const line = `${policy}: ${reason}`;
    byReason.set(line, (byReason.get(line) ?? 0) + 1);
  }
  const lines = [...byReason].map(([line, count]) => `  ${line} (${count} times)`);
  return `Not measured\n${lines.join('\n')}`;
}

function conclusion({ verdict }: WaitingReport): string {
  if (verdict.overall === undefined) return '';
  const worst = Math.max(...verdict.cells.map(({ meanRatio }) => meanRatio));
  const cpu = Math.max(0, ...verdict.cells.map(({ cpuRatio }) => cpuRatio ?? 0));
  return [
    `Mean against the best rival of each cell: ${verdict.overall.toFixed(3)} × as a geometric mean ` +
      `(at most ${limits.meanOverall}), ${worst.toFixed(2)} × at worst (at most ${limits.meanInCell}).`,
    cpu > 0
      ? `CPU per call against parking, calls at least ${limits.sparseGapUs} µs apart: ${cpu.toFixed(2)} × at worst ` +
        `(at most ${limits.cpuInSparseCell}).`
      : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
}
