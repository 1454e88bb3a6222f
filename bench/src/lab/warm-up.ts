/** Calls that are not measured, until they stop getting faster. */

export interface WarmUp {
  /** Length of one window. */
  readonly windowMs: number;
  /** Goes on for at least this long … */
  readonly minMs: number;
  /**
   * From here on it is enough that they do not get faster any more: on a noisy machine rates never lie close together. Not earlier,
   * because a gRPC client calls at one slow rate for half a second, until compiled code takes over. Default: never.
   */
  readonly settledMs?: number;
  /** … and no longer than this, stable or not. */
  readonly maxMs: number;
}

/** So many clients share the CPUs as well as one has them. */
const clientsAtOnce = 8;
/** Nobody waits longer for the code of many clients. */
const longestMs = 5_000;

/**
 * For fresh processes: HTTP and gRPC clients get three times faster in their first second of calls. Of many clients each
 * has only a share of the CPUs in that second.
 */
export function freshProcesses(clients: number): WarmUp {
  const share = Math.max(1, clients / clientsAtOnce);
  const maxMs = Math.min(longestMs, 3_000 * share);
  return { windowMs: 150, minMs: 750 * share, settledMs: Math.min(1_500 * share, 0.6 * longestMs), maxMs };
}

/** For another shape of load: timers, policies and CPU clocks find their level. */
export const anotherShape: WarmUp = { windowMs: 40, minMs: 80, maxMs: 240 };

/** How far the rates of the last three windows may lie apart: as noise does, not as compiled code and interpreted. */
const stableWithin = 0.06;

/** What still becomes faster by more than this from three windows to the next three is not warm. */
const growsBy = 0.03;

/**
 * @param makeCalls makes calls for so many milliseconds; tells their rate, in whatever unit
 * @returns whether the rate had become stable
 */
export async function warmUpUntilStable(
  makeCalls: (windowMs: number) => Promise<number>,
  { windowMs, minMs, settledMs = Infinity, maxMs }: WarmUp,
): Promise<boolean> {
  const start = performance.now();
  const rates: number[] = [];
  while (performance.now() - start < maxMs) {
    rates.push(await makeCalls(windowMs));
    const elapsed = performance.now() - start;
    if (elapsed >= minMs && isStable(rates)) return true;
    if (elapsed >= settledMs && hasSettled(rates)) return true;
  }
  return false;
}

/** Whether the last three rates differ as little as noise does. */
export function isStable(rates: readonly number[]): boolean {
  const last = rates.slice(-3);
  if (last.length < 3) return false;
  const [least, most] = [Math.min(...last), Math.max(...last)];
  return (most - least) / most <= stableWithin;
}

/** Whether the last three rates are no faster than the three before, however far apart they lie. */
export function hasSettled(rates: readonly number[]): boolean {
  const [before, last] = [rates.slice(-6, -3), rates.slice(-3)];
  return before.length === 3 && sum(last) <= sum(before) * (1 + growsBy);
}

function sum(rates: readonly number[]): number {
  return rates.reduce((all, rate) => all + rate, 0);
}
