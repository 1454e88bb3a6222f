import { closeSync, openSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/**
 * Option parser for a result file: finds out before the run, not after it, that the file cannot be written.
 *
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

/** Says so on stderr: standard output is for what was measured. */
export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
  sayWritten(path);
}

export function sayWritten(path: string): void {
  process.stderr.write(`Written: ${path}\n`);
}
