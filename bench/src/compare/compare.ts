/** Two runs side by side: by how much the second is slower, as far as the rounds can tell. */

import { isForFewCalls } from '../lab/few-calls.js';
import { figureWords, largerIsBetter } from '../lab/figure-text.js';
import type { FigureName, Gap, LabResults, SuiteName } from '../lab/results.js';
import { pointKey } from '../lab/results.js';
import {
  type ByRound,
  type Interval,
  isSure,
  quotients,
  ratioAcrossRuns,
} from '../lab/statistics/bootstrap.js';
import { byRound, type Cell, cellKey, cellsOf } from '../lab/statistics/cells.js';
import { callsNeeded } from '../lab/statistics/enough-calls.js';
import { mainFigures } from '../lab/statistics/main-figures.js';
import { median } from '../stats.js';

export interface Choice {
  /** How much slower is still the same, e.g. 0.05 for 5 %. */
  readonly margin: number;
  /** Divide every figure by that transport's of the same run, round and point. */
  readonly relativeTo?: string;
  /** Only these; undefined: all. */
  readonly transports?: readonly string[];
  readonly suites?: readonly SuiteName[];
}

/** A figure of something that both runs measured. */
export interface Comparison {
  readonly suite: SuiteName;
  readonly point: Cell['point'];
  readonly transport: string;
  readonly figure: FigureName;
  /** Medians over the rounds, relative to {@link Choice.relativeTo} where that was asked for. */
  readonly before: number;
  readonly after: number;
  /** How many times as slow the second run is: 2 for twice the time, or half the rate. */
  readonly slowdown: Interval;
  /** `few rounds`: it lies beyond the margin, by an interval that is sure of less than 95 %; nothing is concluded from it. */
  readonly verdict: 'slower' | 'faster' | 'same' | 'few rounds' | 'one round';
}

export interface Missing {
  readonly in: 'before' | 'after';
  readonly suite: SuiteName;
  readonly point: Cell['point'];
  readonly transport: string;
  /** As the run's gaps tell it; undefined when it was not asked for there. */
  readonly reason?: string;
}

export interface Comparisons {
  readonly comparisons: readonly Comparison[];
  /** What only the other run measured. */
  readonly missing: readonly Missing[];
  /** What both measured and has no ratio, with the reason. */
  readonly incomparable: readonly (Pick<Cell, 'suite' | 'point' | 'transport'> & {
    readonly reason: string;
  })[];
}

/** Share of the offered load below which an open loop did not reach it. */
const reached = 0.97;

export function compareRuns(before: LabResults, after: LabResults, choice: Choice): Comparisons {
  const runs = { before: cellsOf(before), after: cellsOf(after) };
  const comparisons: Comparison[] = [];
  const missing: Missing[] = [];
  const incomparable: { suite: SuiteName; point: Cell['point']; transport: string; reason: string }[] = [];
  const asked = ({ suite, transport }: Cell) =>
    (choice.suites?.includes(suite) ?? true) && (choice.transports?.includes(transport) ?? true);

  for (const [key, first] of runs.before) {
    if (!asked(first)) continue;
    const second = runs.after.get(key);
    if (second === undefined) {
      missing.push(missingFrom('after', after.gaps, first));
      continue;
    }
    if (first.transport === choice.relativeTo) continue;
    const { suite, point, transport } = first;
    for (const figure of figuresOfTooFew(first, second)) {
      const reason = `${figureWords[figure]} of fewer than ${callsNeeded(figure)} calls in a round is chance`;
      incomparable.push({ suite, point, transport, reason });
    }
    for (const figure of figuresOf(first, second)) {
      const values = [
        valuesOf(runs.before, first, figure, choice),
        valuesOf(runs.after, second, figure, choice),
      ];
      const reason = values.find((found) => typeof found === 'string');
      if (reason !== undefined)
        incomparable.push({ suite, point, transport, reason: `${figure}: ${reason}` });
      else {
        const [one, other] = values as [number[], number[]];
        comparisons.push({ suite, point, transport, figure, ...judged(figure, one, other, choice.margin) });
      }
    }
  }
  for (const [key, second] of runs.after) {
    if (asked(second) && !runs.before.has(key)) missing.push(missingFrom('before', before.gaps, second));
  }
  return { comparisons, missing, incomparable };
}

/** Of the suite's main figures those that a run has no percentile of, because it made too few calls. */
function figuresOfTooFew(before: Cell, after: Cell): readonly FigureName[] {
  return mainFigures[before.suite].filter((figure) =>
    [before, after].some(({ trials }) => isForFewCalls(trials, figure)),
  );
}

/** By which figures: the suite's main ones that both have. */
function figuresOf(before: Cell, after: Cell): readonly FigureName[] {
  const common = mainFigures[before.suite].filter((figure) =>
    [before, after].every((cell) => byRound(cell, figure).size > 0),
  );
  if (before.suite !== 'openloop' || common.length < 2) return common;
  const rate = before.point.ratePerSecond ?? 0;
  const both = [before, after].every(
    (cell) => median([...byRound(cell, 'achievedPerSecond').values()]) >= reached * rate,
  );
  return common.filter((figure) => (figure === 'achievedPerSecond') !== both);
}

/** The rounds' figures, or why there are none that could be compared. */
function valuesOf(
  cells: ReadonlyMap<string, Cell>,
  cell: Cell,
  figure: FigureName,
  { relativeTo }: Choice,
): number[] | string {
  let values: ByRound = byRound(cell, figure);
  if (relativeTo !== undefined) {
    const reference = cells.get(cellKey({ ...cell, transport: relativeTo }));
    values = quotients(values, reference === undefined ? new Map() : byRound(reference, figure));
    if (values.size === 0) return `${relativeTo} was not measured in the same rounds`;
  }
  const positive = [...values.values()].filter((value) => value > 0 && Number.isFinite(value));
  return positive.length === values.size ? positive : 'a figure is not above zero, and has no ratio';
}

function judged(
  figure: FigureName,
  before: readonly number[],
  after: readonly number[],
  margin: number,
): Pick<Comparison, 'before' | 'after' | 'slowdown' | 'verdict'> {
  const slowdown = largerIsBetter(figure) ? ratioAcrossRuns(before, after) : ratioAcrossRuns(after, before);
  return { before: median(before), after: median(after), slowdown, verdict: verdictOn(slowdown, margin) };
}

function verdictOn(slowdown: Interval, margin: number): Comparison['verdict'] {
  if (slowdown.rounds === 1) return 'one round';
  const [slower, faster] = [slowdown.low > 1 + margin, slowdown.high < 1 / (1 + margin)];
  if (!slower && !faster) return 'same';
  if (!isSure(slowdown)) return 'few rounds';
  return slower ? 'slower' : 'faster';
}

function missingFrom(run: Missing['in'], gaps: readonly Gap[], { suite, point, transport }: Cell): Missing {
  const gap = gaps.find(
    (candidate) =>
      candidate.suite === suite &&
      candidate.transport === transport &&
      candidate.figure === undefined &&
      (candidate.point === undefined || pointKey(candidate.point) === pointKey(point)),
  );
  return { in: run, suite, point, transport, ...(gap !== undefined && { reason: gap.reason }) };
}
