/**
 * Turns Ctrl-C and SIGTERM into an abort signal, so that processes are stopped and what was measured is kept.
 * A second one ends the program at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(interruptedExitCode);
      controller.abort(new Error(`interrupted (${name})`));
    });
  }
  return controller.signal;
}

/** What a shell reports for a program that SIGINT ended. */
export const interruptedExitCode = 130;
