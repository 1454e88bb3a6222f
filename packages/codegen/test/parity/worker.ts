import { ParityViolation } from './law/law.js';
import type { ParityCounts } from './run.js';
import { runParity } from './run.js';

/** A part of a long run, as the script asks for it. */
export interface Task {
  readonly seed: number;
  readonly cases: number;
  readonly path?: string;
}

/** What became of it. */
export interface Outcome {
  readonly seed: number;
  readonly counts: Readonly<ParityCounts>;
  readonly failure: { readonly message: string; readonly path: string } | undefined;
}

/** A violation says all; anything else is a mistake somewhere, so it needs its stack. */
function said(error: Error): string {
  return error instanceof ParityViolation ? error.message : (error.stack ?? error.message);
}

process.on('message', (task: Task) => {
  const { seed, counts, failure } = runParity(task);
  const outcome: Outcome = {
    seed,
    counts,
    failure: failure && { message: said(failure.violation), path: failure.path },
  };
  process.send?.(outcome);
});
