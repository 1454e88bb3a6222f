import { setTimeout as sleep } from 'node:timers/promises';

/** @throws when the work has not ended in time: it hangs */
export async function within<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const watchdog = sleep(seconds * 1_000, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what} has not ended within ${seconds} s`);
  });
  watchdog.catch(() => {});
  try {
    return await Promise.race([work, watchdog]);
  } finally {
    over.abort();
  }
}
