/** How tables and figures look, for every suite. */
import Table from 'cli-table3';
import type { Environment } from './environment.js';

/** First column to the left, figures to the right; no colours, so that a log stays readable. */
export function newTable(head: readonly string[], textColumns = 1) {
  return new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i < textColumns ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
}

export function formatUs(us: number): string {
  return us < 10 ? us.toFixed(2) : us < 1_000 ? us.toFixed(1) : us.toFixed(0);
}

export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

export function formatRatio(ratio: number): string {
  return ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0);
}

export function environmentLine(environment: Environment): string {
  const { cpu, cores, kernel, node, virtualisation, governor, commit, loadBefore, date } = environment;
  return [
    `${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}`,
    `virtualisation ${virtualisation ?? 'none seen'}, governor ${governor ?? 'unknown'}, commit ${commit ?? 'unknown'}`,
    `load before ${loadBefore.join(' ')}, ${date}`,
  ].join('\n');
}
