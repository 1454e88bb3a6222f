import { LONGEST_DELAY_MS, monotonicMs } from './clock.js';

/**
 * One timer per environment for all deadlines. Whoever has calls registers once as an owner and mentions each
 * deadline; that costs one comparison as long as an earlier one is already armed. When the timer fires, every
 * owner ends what is due and says what comes next.
 */
export interface DeadlineOwner {
  /**
   * Ends everything whose deadline is at or before `nowMs`.
   * @returns the earliest deadline that is left; Infinity when there is none
   */
  expire(nowMs: number): number;
}

/** When an owner that threw is asked again. */
const RETRY_MS = 1_000;

const owners = new Set<DeadlineOwner>();
let armedFor = Number.POSITIVE_INFINITY;
let timer: NodeJS.Timeout | undefined;

export function addDeadlineOwner(owner: DeadlineOwner): void {
  owners.add(owner);
}

export function removeDeadlineOwner(owner: DeadlineOwner): void {
  owners.delete(owner);
}

/** Sees to it that the owners are asked at `deadlineMs` at the latest. */
export function mentionDeadline(deadlineMs: number): void {
  if (deadlineMs < armedFor) arm(deadlineMs);
}

function arm(deadlineMs: number): void {
  armedFor = deadlineMs;
  if (timer !== undefined) clearTimeout(timer);
  const delay = Math.min(Math.max(Math.ceil(deadlineMs - monotonicMs()), 1), LONGEST_DELAY_MS);
  timer = setTimeout(fire, delay);
  // What waits keeps the process alive by other means; a deadline alone is no reason to stay.
  timer.unref();
}

function fire(): void {
  timer = undefined;
  armedFor = Number.POSITIVE_INFINITY;
  const now = monotonicMs();
  let next = Number.POSITIVE_INFINITY;
  for (const owner of owners) {
    try {
      next = Math.min(next, owner.expire(now));
    } catch (error) {
      // The deadlines of the others count all the same, and those that this owner did not get to do, too.
      next = Math.min(next, now + RETRY_MS);
      process.emitWarning(`doorcall: deadlines could not be enforced: ${String(error)}`);
    }
  }
  mentionDeadline(next);
}
