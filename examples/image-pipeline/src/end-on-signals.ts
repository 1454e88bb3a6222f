import type { Server } from '@doorcall/core';

/** Finishes what is under way when the process is asked to end. */
export function endOnSignals(server: Server, ...others: readonly AsyncDisposable[]): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      await server.drain();
      for (const other of others) await other[Symbol.asyncDispose]();
    });
  }
}
