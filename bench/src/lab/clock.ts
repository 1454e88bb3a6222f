/** A clock that all processes of a host read alike. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds of the kernel's monotonic clock, whose zero is the same for every process. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Sleeps until then; never wakes early. */
export async function sleepUntil(atMs: number): Promise<void> {
  for (let left = atMs - monotonicMs(); left > 0; left = atMs - monotonicMs()) await sleep(left);
}
