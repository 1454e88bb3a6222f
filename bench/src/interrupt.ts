/** Within this, a signal is the same one again: `timeout` and scripts in between pass theirs on to a process that has it. */
const sameMs = 1_000;

/**
 * Turns Ctrl-C and SIGTERM into an abort signal, so that processes are stopped and what was measured is kept.
 * A second one, more than a second later, ends the program at once.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = performance.now();
        controller.abort(new Error(`interrupted (${name})`));
      } else if (performance.now() - first > sameMs) process.exit(interruptedExitCode);
    });
  }
  return controller.signal;
}

/** What a shell reports for a program that SIGINT ended. */
export const interruptedExitCode = 130;
