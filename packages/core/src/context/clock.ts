import { performance } from 'node:perf_hooks';

/**
 * `performance.now()` is the cheapest monotonic clock there is, but each thread's starts at its own zero. Read
 * once, the distance to CLOCK_MONOTONIC makes it comparable between threads and processes.
 */
const ORIGIN_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Deadlines travel in units of 2^16 ns. */
const UNITS_PER_MS = 1e6 / 65536;

/** Half the range of 32 bits, in milliseconds (39 hours): a deadline further away does not travel. */
export const LONGEST_WIRE_DEADLINE_MS = 2 ** 31 / UNITS_PER_MS;

/** The longest delay that setTimeout takes. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** CLOCK_MONOTONIC in milliseconds. */
export function monotonicMs(): number {
  return performance.now() + ORIGIN_MS;
}

/**
 * A deadline as it travels: units of 2^16 ns of the sender's CLOCK_MONOTONIC modulo 2^32, rounded up, so that
 * the receiver never gives up first. 0 means none.
 */
export function deadlineToWire(deadlineMs: number, nowMs: number): number {
  if (deadlineMs - nowMs >= LONGEST_WIRE_DEADLINE_MS) return 0;
  return Math.ceil(deadlineMs * UNITS_PER_MS) >>> 0 || 1;
}

/**
 * What {@link deadlineToWire} wrote, on this process's clock.
 * @param peerOffsetMs what to add to this process's clock to get the sender's
 */
export function deadlineFromWire(wire: number, nowMs: number, peerOffsetMs: number): number {
  if (wire === 0) return Number.POSITIVE_INFINITY;
  const peerNow = Math.floor((nowMs + peerOffsetMs) * UNITS_PER_MS);
  return (peerNow + ((wire - peerNow) | 0)) / UNITS_PER_MS - peerOffsetMs;
}
