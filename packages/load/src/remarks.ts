import { DEFAULT_MAX_IN_FLIGHT, type OpenLoopOptions, type OpenLoopResult } from './open-loop.js';

type Asked = Pick<OpenLoopOptions, 'ratePerSecond' | 'durationMs' | 'maxInFlight'>;

/** A rate is missed by some part whenever the last calls end after the time is over, and a stall may be among them. */
const nearlyAll = 0.9;

/**
 * What has to be known about an open loop before its figures are believed, as sentences; none when all is well.
 *
 * @param asked the options that the loop was given
 */
export function remarksOn(
  { due, neverStarted, achievedPerSecond, generator, calls, aborted, failures }: OpenLoopResult,
  { ratePerSecond, durationMs, maxInFlight = DEFAULT_MAX_IN_FLIGHT }: Asked,
): string[] {
  const remarks: string[] = [];
  if (!generator.keptUp) {
    const late = milliseconds(generator.lateness.percentileUs(99));
    remarks.push(
      `The generator itself could not keep up: one call in a hundred began ${late} or more after its time. ` +
        'The latencies include that; give this process more CPU, or ask for less.',
    );
  }
  if (neverStarted > 0) {
    const share = ((neverStarted / due) * 100).toFixed(1);
    remarks.push(
      `${number(neverStarted)} of ${number(due)} calls that were due (${share} %) never started: the calls before them ` +
        `were not answered in time, with up to ${number(maxInFlight)} in flight. They are in no figure.`,
    );
  }
  // By chance there may be fewer due.
  const duePerSecond =
    durationMs === undefined ? ratePerSecond : Math.min(ratePerSecond, (due / durationMs) * 1_000);
  if (achievedPerSecond < duePerSecond * nearlyAll && !aborted && calls > 0 && failures.calls === 0) {
    remarks.push(
      `${number(Math.round(achievedPerSecond))} calls a second were achieved of ${number(Math.round(duePerSecond))} that were asked for.`,
    );
  }
  return remarks;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

function milliseconds(us: number): string {
  return `${(us / 1_000).toFixed(us < 10_000 ? 1 : 0)} ms`;
}
