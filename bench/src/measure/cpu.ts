import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** User and system time of this process so far, in µs; 0 in a worker thread, whose time its process counts. */
export function cpuUs(): number {
  if (!isMainThread) return 0;
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * CPU time that this process uses while nobody asks it for anything, as a share of one core in percent.
 * The process times itself, so that being asked is not part of it.
 */
export async function idleCpuPercent(settleMs: number, windowMs: number): Promise<number> {
  // The first pass through this code is compiled on the way: as dear as a second of idling.
  await watch(1);
  await sleep(settleMs);
  return await watch(windowMs);
}

async function watch(windowMs: number): Promise<number> {
  const cpu = cpuUs();
  const start = performance.now();
  await sleep(windowMs);
  return ((cpuUs() - cpu) / 1_000 / (performance.now() - start)) * 100;
}
