/** Calls that are not measured, until they stop getting faster. */
import type { Connection } from '../transport.js';
import type { Load } from './load.js';
import { drive } from './loops.js';

export interface WarmUp {
  /** Length of one window. */
  readonly windowMs: number;
  /** Goes on for at least this long … */
  readonly minMs: number;
  /** … and no longer than this, stable or not. */
  readonly maxMs: number;
}

/** For fresh processes: HTTP and gRPC clients get three times faster in their first second of calls. */
export const freshProcesses: WarmUp = { windowMs: 150, minMs: 750, maxMs: 3_000 };
/** For another shape of load: timers, policies and CPU clocks find their level. */
export const anotherShape: WarmUp = { windowMs: 40, minMs: 80, maxMs: 400 };

/** How far the rates of the last three windows may lie apart: as noise does, not as compiled code and interpreted. */
const stableWithin = 0.06;

/** @returns whether the rate had become stable */
export async function warmUp(
  connection: Connection,
  load: Load,
  { windowMs, minMs, maxMs }: WarmUp,
): Promise<boolean> {
  const start = performance.now();
  const rates: number[] = [];
  while (performance.now() - start < maxMs) {
    let calls = 0;
    const elapsedMs = await drive(
      connection,
      { ...load, durationMs: windowMs, minCalls: 1 },
      {
        record() {
          calls += 1;
        },
      },
    );
    rates.push(calls / elapsedMs);
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
