/** The outcome of a codec run for a person at a terminal. */
import { gapList, targetTable } from '../report-text.js';
import { environmentLine, formatCount, formatRatio, formatUs, newTable } from '../table.js';
import { ours } from './contestants.js';
import { payloads } from './payloads/index.js';
import type { CodecReport } from './results.js';

export function printCodec(report: CodecReport, rounds: number): string {
  const parts = [
    environmentLine(report.environment),
    `Medians of ${rounds} rounds. µs for one value; decoding includes validation.`,
  ];
  for (const payload of new Set(report.results.map((result) => result.payload))) {
    parts.push(`${payload}: ${payloads[payload].summary}\n${payloadTable(report, payload)}`);
  }
  parts.push(
    meanTable(report),
    gapList(report.gaps.map((gap) => ({ ...gap, subject: gap.payload }))),
    targetTable(report.targets, 'ratios within a round, their medians; sizes: ours over theirs'),
  );
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function payloadTable({ results }: CodecReport, payload: string): string {
  const table = newTable(['contestant', 'bytes', 'encode', 'decode', 'together', 'by time']);
  for (const result of results) {
    if (result.payload !== payload) continue;
    const { contestant, bytes, encodeUs, decodeUs, totalUs, timesGenerated } = result;
    table.push([
      contestant,
      formatCount(bytes),
      ...[encodeUs, decodeUs, totalUs].map(formatUs),
      contestant === ours ? '1' : timesGenerated === undefined ? '' : inWords(timesGenerated),
    ]);
  }
  return table.toString();
}

function inWords(timesGenerated: number): string {
  return timesGenerated >= 1
    ? `${formatRatio(timesGenerated)} × slower`
    : `${formatRatio(1 / timesGenerated)} × faster`;
}

function meanTable({ means }: CodecReport): string {
  const others = means.filter(({ contestant }) => contestant !== ours);
  if (others.length === 0) return '';
  const table = newTable(['contestant', 'by time']);
  for (const { contestant, timesGenerated } of others) table.push([contestant, inWords(timesGenerated)]);
  return `Beside ${ours}, geometric means over the payloads of this run\n${table}`;
}
