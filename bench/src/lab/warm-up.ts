/** Calls that are not measured, until they stop getting faster. */

export interface WarmUp {
  /** Length of one window. */
  readonly windowMs: number;
  /** Goes on for at least this long … */
  readonly minMs: number;
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
  return { windowMs: 150, minMs: 750 * share, maxMs: Math.min(longestMs, 3_000 * share) };
}

/** For another shape of load: timers, policies and CPU clocks find their level. */
export const anotherShape: WarmUp = { windowMs: 40, minMs: 80, maxMs: 240 };

/** How far the rates of the last three windows may lie apart: as noise does, not as compiled code and interpreted. */
const stableWithin = 0.06;

/**
 * @param makeCalls makes calls for so many milliseconds; tells their rate, in whatever unit
 * @returns whether the rate had become stable
 */
export async function warmUpUntilStable(
  makeCalls: (windowMs: number) => Promise<number>,
  { windowMs, minMs, maxMs }: WarmUp,
): Promise<boolean> {
  const start = performance.now();
  const rates: number[] = [];
  while (performance.now() - start < maxMs) {
    rates.push(await makeCalls(windowMs));
    if (performance.now() - start >= minMs && isStable(rates)) return true;
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
