/** What is demanded of the chosen policy, and the judgement whether it holds. */
import { geometricMean } from '../stats.js';
import { type Cell, cellId } from './cells.js';
import type { FiguresByCell } from './figures-by-cell.js';
import { chosen, type Policy, rivals } from './policies.js';

export const limits = {
  /** Chosen mean over the mean of the cell's best rival, as a geometric mean over all cells. */
  meanOverall: 1.2,
  /** The same ratio in any single cell. */
  meanInCell: 1.6,
  /** CPU per call over that of plain parking, in any cell with gaps of at least `sparseGapUs`. */
  cpuInSparseCell: 1.5,
  sparseGapUs: 200,
  /** Fewer rounds make no verdict. */
  rounds: 5,
  /** How many times as many rounds follow for a cell that misses a demand. */
  roundsOnMiss: 2,
} as const;

export interface CellVerdict {
  cell: string;
  bestRival: Policy;
  /** Chosen mean over best rival's mean. */
  meanRatio: number;
  /** Chosen CPU per call over parking's; only where calls are far apart. */
  cpuRatio?: number;
}

export interface WaitingVerdict {
  cells: CellVerdict[];
  /** Geometric mean of the cells' mean ratios; absent when no cell was measured. */
  overall?: number;
  /** One line for each demand that does not hold. Empty: the chosen policy passes. */
  misses: string[];
}

/** The cells that miss a demand on single cells as far as they are measured. */
export function doubtfulCells(cells: readonly Cell[], figures: FiguresByCell): Cell[] {
  return cells.filter((cell) => {
    const verdict = judgeCell(cell, figures);
    return verdict !== undefined && missesOf(verdict).length > 0;
  });
}

export function judge(cells: readonly Cell[], figures: FiguresByCell): WaitingVerdict {
  const misses: string[] = [];
  const judged: CellVerdict[] = [];
  for (const cell of cells) {
    const verdict = judgeCell(cell, figures);
    if (verdict === undefined) {
      misses.push(`${cellId(cell)}: not measured for every policy`);
      continue;
    }
    judged.push(verdict);
    misses.push(...missesOf(verdict));
  }
  if (judged.length === 0) return { cells: judged, misses };
  const overall = geometricMean(judged.map(({ meanRatio }) => meanRatio));
  if (overall > limits.meanOverall) {
    misses.push(
      `all cells: mean ${overall.toFixed(3)} × that of the best rival (geometric mean), limit ${limits.meanOverall}`,
    );
  }
  return { cells: judged, overall, misses };
}

function missesOf({ cell, meanRatio, bestRival, cpuRatio }: CellVerdict): string[] {
  const misses: string[] = [];
  if (meanRatio > limits.meanInCell) {
    misses.push(`${cell}: mean ${meanRatio.toFixed(2)} × that of ${bestRival}, limit ${limits.meanInCell}`);
  }
  if (cpuRatio !== undefined && cpuRatio > limits.cpuInSparseCell) {
    misses.push(
      `${cell}: CPU per call ${cpuRatio.toFixed(2)} × that of park, limit ${limits.cpuInSparseCell}`,
    );
  }
  return misses;
}

function judgeCell(cell: Cell, figures: FiguresByCell): CellVerdict | undefined {
  const ours = figures.medians(cell, chosen);
  const theirs = rivals.map((policy) => ({ policy, figures: figures.medians(cell, policy) }));
  const measured = theirs.flatMap(({ policy, figures: f }) => (f ? [{ policy, figures: f }] : []));
  if (ours === undefined || measured.length < rivals.length) return undefined;
  const best = measured.reduce((a, b) => (b.figures.meanUs < a.figures.meanUs ? b : a));
  const park = measured.find(({ policy }) => policy === 'park')!.figures;
  return {
    cell: cellId(cell),
    bestRival: best.policy,
    meanRatio: ours.meanUs / best.figures.meanUs,
    ...(cell.gapUs >= limits.sparseGapUs && { cpuRatio: ours.cpuUsPerCall / park.cpuUsPerCall }),
  };
}
