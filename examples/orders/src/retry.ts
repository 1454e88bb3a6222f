import { setTimeout as pause } from 'node:timers/promises';
import { isRpcError } from '@doorcall/core';

const LONGEST_PAUSE_MS = 100;

/**
 * Repeats a call until somebody answers it. Only for idempotent methods: the server may have died after it did
 * the work and before it said so. For others, look at the error's `maybeExecuted`.
 *
 * The deadline ends it: a call made after it fails with DEADLINE_EXCEEDED.
 */
export async function untilAnswered<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let pauseMs = 5; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!isRpcError(error) || error.code !== 'UNAVAILABLE') throw error;
    }
    await pause(pauseMs);
  }
}
