/** Which percentiles are worth being shown: of a hundred calls, the p99 is the one second slowest, and chance. */
import type { FigureName, Trial } from '../results.js';

/** So many calls lie beyond a percentile that is shown, in every round that it is taken from. */
export const leastBeyond = 10;

/** Which share of the calls lies beyond. */
const beyond: Partial<Record<FigureName, number>> = { p50Us: 0.5, p90Us: 0.1, p99Us: 0.01, p999Us: 0.001 };

/** How many calls a trial needs for this figure; 0 for what is no percentile. */
export function callsNeeded(figure: FigureName): number {
  const share = beyond[figure];
  return share === undefined ? 0 : Math.round(leastBeyond / share);
}

/** Whether the trial has too few calls for this figure. Files of earlier versions do not say how many there were. */
export function hasTooFew({ calls = Infinity }: Pick<Trial, 'calls'>, figure: FigureName): boolean {
  return calls < callsNeeded(figure);
}

/** The trial's figure; undefined where it was not measured, or is a percentile of too few calls. */
export function figureIn(trial: Pick<Trial, 'figures' | 'calls'>, figure: FigureName): number | undefined {
  return hasTooFew(trial, figure) ? undefined : trial.figures[figure];
}
