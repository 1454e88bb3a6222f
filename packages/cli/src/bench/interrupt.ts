import { ExitCode } from '../exit.js';

/** Ctrl-C and SIGTERM as an abort signal; a second one ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(ExitCode.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
