/** A run's trials by what they measured. */
import type { FigureName, LabResults, Point, SuiteName, Trial } from '../results.js';
import { pointKey } from '../results.js';
import type { ByRound } from './bootstrap.js';
import { figureIn } from './enough-calls.js';

/** All rounds of one transport at one point. */
export interface Cell {
  readonly suite: SuiteName;
  readonly point: Point;
  readonly transport: string;
  readonly trials: readonly Trial[];
}

/** The run's cells by their keys, in the order in which they were first measured. */
export function cellsOf({ trials }: Pick<LabResults, 'trials'>): ReadonlyMap<string, Cell> {
  const cells = new Map<string, Cell & { readonly trials: Trial[] }>();
  for (const trial of trials) {
    const key = cellKey(trial);
    const cell = cells.get(key);
    if (cell !== undefined) cell.trials.push(trial);
    else {
      const { suite, point, transport } = trial;
      cells.set(key, { suite, point, transport, trials: [trial] });
    }
  }
  return cells;
}

/** Equal in two runs for what can be compared. */
export function cellKey({ suite, point, transport }: Pick<Cell, 'suite' | 'point' | 'transport'>): string {
  return `${suite} ${pointKey(point)} ${transport}`;
}

/** The figure in each round that has it, and for a percentile enough calls. */
export function byRound(cell: Pick<Cell, 'trials'>, figure: FigureName): ByRound {
  const values = new Map<number, number>();
  for (const trial of cell.trials) {
    const value = figureIn(trial, figure);
    if (value !== undefined) values.set(trial.round, value);
  }
  return values;
}
