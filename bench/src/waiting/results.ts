/** The machine-readable outcome of a waiting run. */
import type { Environment } from '../environment.js';
import { toThousandths } from '../stats.js';
import { type Cell, cellId } from './cells.js';
import type { FiguresByCell } from './figures-by-cell.js';
import { type Policy, policies } from './policies.js';
import type { CellFigures } from './process-set.js';
import { judge, type WaitingVerdict } from './verdict.js';

export interface WaitingResult extends Cell, CellFigures {
  cell: string;
  policy: Policy;
}

export interface WaitingReport {
  environment: Environment;
  rounds: number;
  results: WaitingResult[];
  /** What was asked for and not measured, with the reason. */
  gaps: FiguresByCell['gaps'];
  verdict: WaitingVerdict;
}

export function summarise(
  cells: readonly Cell[],
  rounds: number,
  environment: Environment,
  figures: FiguresByCell,
): WaitingReport {
  const results = cells.flatMap((cell) =>
    policies.flatMap((policy) => {
      const medians = figures.medians(cell, policy);
      return medians ? [{ cell: cellId(cell), ...cell, policy, ...rounded(medians) }] : [];
    }),
  );
  return { environment, rounds, results, gaps: figures.gaps, verdict: judge(cells, figures) };
}

function rounded({ calls, ...times }: CellFigures): CellFigures {
  return {
    calls,
    p50Us: toThousandths(times.p50Us),
    meanUs: toThousandths(times.meanUs),
    p99Us: toThousandths(times.p99Us),
    cpuUsPerCall: toThousandths(times.cpuUsPerCall),
  };
}
