import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { CommandFailure } from '../terminal/failure.js';
import { shortPath } from '../terminal/paths.js';

/**
 * Option parser for a file that is written at the end: finds out before the run, and not after it, that it cannot be.
 *
 * @throws InvalidArgumentError
 */
export function writableFile(file: string): string {
  try {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) throw Object.assign(new Error(), { code: 'EISDIR' });
    accessSync(found === undefined ? path.dirname(path.resolve(file)) : file, constants.W_OK);
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return file;
}

/** Says on standard error that it did. @throws CommandFailure when the file cannot be written after all */
export function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
    process.stderr.write(`Written: ${shortPath(file)}\n`);
  } catch (error) {
    throw new CommandFailure(
      'usage',
      `${shortPath(file)} cannot be written (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}
