import { closeSync, openSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError unless the text is a number above 0 */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new InvalidArgumentError('It has to be a number above 0.');
  return value;
}

/** @throws InvalidArgumentError unless the text is a whole number from 1 to 2^31-1 */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value >= 2 ** 31) {
    throw new InvalidArgumentError('It has to be a whole number of at least 1.');
  }
  return value;
}

/**
 * Finds out before the run, not after it, that the file cannot be written.
 * @throws InvalidArgumentError
 */
export function writableFile(path: string): string {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return path;
}

export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value)}\n`);
}

/** Ctrl-C and SIGTERM end a run in good order; a second one ends it at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort(new Error(`interrupted (${name})`));
    });
  }
  return controller.signal;
}

/** Exit code of all checking commands for a wrong option, or for what has to be installed first. */
export const WRONG_USE = 2;

/** Commander's own ends are told by --help (0), or by a slip. */
export function exitOnSlip({ exitCode }: { readonly exitCode: number }): never {
  process.exit(exitCode === 0 ? 0 : WRONG_USE);
}

/** What a shell reports for a program that SIGINT ended. */
export const INTERRUPTED = 130;
