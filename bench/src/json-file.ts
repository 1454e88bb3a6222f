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

export function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}
