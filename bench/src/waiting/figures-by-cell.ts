import { median } from '../stats.js';
import { type Cell, cellId } from './cells.js';
import type { Policy } from './policies.js';
import type { CellFigures } from './process-set.js';

/** What was measured: for each cell and policy, the figures of every round. */
export class FiguresByCell {
  readonly #figures = new Map<string, CellFigures[]>();
  readonly gaps: { cell: string; policy: Policy; round: number; reason: string }[] = [];

  add(cell: Cell, policy: Policy, figures: CellFigures): void {
    const key = `${cellId(cell)} ${policy}`;
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figures]);
  }

  /** Medians over the rounds (the sum for the calls); undefined when no round succeeded. */
  medians(cell: Cell, policy: Policy): CellFigures | undefined {
    const rounds = this.#figures.get(`${cellId(cell)} ${policy}`);
    if (rounds === undefined) return undefined;
    const over = (pick: (figures: CellFigures) => number) => median(rounds.map(pick));
    return {
      calls: rounds.reduce((sum, { calls }) => sum + calls, 0),
      p50Us: over(({ p50Us }) => p50Us),
      meanUs: over(({ meanUs }) => meanUs),
      p99Us: over(({ p99Us }) => p99Us),
      cpuUsPerCall: over(({ cpuUsPerCall }) => cpuUsPerCall),
    };
  }
}
