/** The waiting run: all policies take turns in every cell, so that each is compared with its neighbours in time. */
import { BusyProcesses } from '../processes/busy-processes.js';
import { within } from '../processes/within.js';
import type { Progress } from '../progress.js';
import { type Cell, cellId } from './cells.js';
import { FiguresByCell } from './figures-by-cell.js';
import { type Policy, policies } from './policies.js';
import { ProcessSet } from './process-set.js';

export interface WaitingPlan {
  cells: readonly Cell[];
  rounds: number;
  /** For each cell and policy, before measuring and for measuring. */
  warmUpMs: number;
  measureMs: number;
}

const stepSeconds = 20;
/** What starting one set of processes takes, for the estimate only. */
const startMs = 1_500;

/** @returns the expected duration in seconds */
export function expectedSeconds(plan: WaitingPlan): number {
  const cellMs = plan.cells.length * (plan.warmUpMs + plan.measureMs);
  const starts = groupBySet(plan.cells).length;
  return (plan.rounds * policies.length * (cellMs + starts * startMs)) / 1_000;
}

/**
 * When `signal` fires, what was measured so far is returned.
 * @param figures of earlier rounds, to be added to
 */
export async function runWaiting(
  plan: WaitingPlan,
  progress: Progress,
  signal: AbortSignal,
  figures = new FiguresByCell(),
): Promise<FiguresByCell> {
  progress.begin(plan.rounds * plan.cells.length);
  try {
    for (let round = 0; round < plan.rounds; round++) {
      for (const cells of groupBySet(plan.cells)) {
        await new Turn(plan, round, figures, progress, signal).run(cells);
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  progress.end();
  return figures;
}

/** Cells that one set of processes can run one after the other. */
function groupBySet(cells: readonly Cell[]): Cell[][] {
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.topology}/${cell.busyProcesses}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()];
}

/** One round of the cells with the same topology and company, in fresh processes for each policy. */
class Turn {
  readonly #plan: WaitingPlan;
  readonly #round: number;
  readonly #figures: FiguresByCell;
  readonly #progress: Progress;
  readonly #signal: AbortSignal;
  readonly #sets = new Map<Policy, ProcessSet>();
  readonly #failures = new Map<Policy, string>();

  constructor(
    plan: WaitingPlan,
    round: number,
    figures: FiguresByCell,
    progress: Progress,
    signal: AbortSignal,
  ) {
    this.#plan = plan;
    this.#round = round;
    this.#figures = figures;
    this.#progress = progress;
    this.#signal = signal;
  }

  async run(cells: readonly Cell[]): Promise<void> {
    const { topology, busyProcesses } = cells[0]!;
    try {
      for (const policy of policies) {
        await this.#attempt(policy, async () => {
          this.#sets.set(policy, await ProcessSet.open(topology, policy, this.#signal));
        });
      }
      await using _busy = await BusyProcesses.start(busyProcesses);
      for (const cell of cells) await this.#runCell(cell);
    } finally {
      await Promise.all([...this.#sets.values()].map((set) => set[Symbol.asyncDispose]()));
    }
  }

  async #runCell(cell: Cell): Promise<void> {
    this.#progress.next(`round ${this.#round + 1}: ${cellId(cell)}`);
    const { gapUs, handlerUs } = cell;
    const { warmUpMs, measureMs } = this.#plan;
    for (const policy of policies) {
      const set = this.#sets.get(policy);
      if (set !== undefined && !this.#failures.has(policy)) {
        await this.#attempt(policy, async () => {
          await set.warmUp({ gapUs, handlerUs, durationMs: warmUpMs });
          this.#figures.add(cell, policy, await set.measure({ gapUs, handlerUs, durationMs: measureMs }));
        });
      }
      const reason = this.#failures.get(policy);
      if (reason === undefined) continue;
      this.#figures.gaps.push({ cell: cellId(cell), policy, round: this.#round, reason });
    }
  }

  /** A failure puts the policy out of this turn, and only it. */
  async #attempt(policy: Policy, work: () => Promise<void>): Promise<void> {
    this.#signal.throwIfAborted();
    try {
      await within(stepSeconds, work());
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#failures.set(policy, error instanceof Error ? error.message : String(error));
      await this.#sets.get(policy)?.[Symbol.asyncDispose]();
    }
  }
}
