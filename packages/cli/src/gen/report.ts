import type { ComparedFile } from '@doorcall/codegen';
import { ExitCode } from '../exit.js';
import { diagnosticText } from '../terminal/diagnostics.js';
import { shortPath } from '../terminal/paths.js';
import type { Outcome } from './generated.js';
import type { GenOptions } from './options.js';

/** What became of a file. */
export type FileState = ComparedFile['state'] | 'written';

/** A run's outcome, and how to tell it. */
export interface Report {
  readonly outcome: Outcome;
  readonly stateOf: (file: ComparedFile) => FileState;
  /** For people; not shown with `--silent` unless something is wrong. */
  readonly text: string;
  /** Whether files, and not only diagnostics, are a reason to complain. */
  readonly filesWrong: boolean;
}

/** Tells people, or with `--json` programs, and sets the exit code. */
export function report({ outcome, stateOf, text, filesWrong }: Report, options: GenOptions): void {
  const { files, diagnostics } = outcome;
  const ok = !filesWrong && diagnostics.every(({ severity }) => severity !== 'error');
  if (!ok) process.exitCode = ExitCode.found;
  if (options.json === true) {
    const result = {
      ok,
      files: files.map((file) => ({ path: shortPath(file.path), kind: file.kind, state: stateOf(file) })),
      diagnostics: diagnostics.map((diagnostic) => ({ ...diagnostic, file: shortPath(diagnostic.file) })),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  for (const diagnostic of diagnostics) {
    if (options.silent === true && diagnostic.severity === 'warning') continue;
    process.stderr.write(`${diagnosticText(diagnostic)}\n`);
  }
  if (options.silent !== true || filesWrong) process.stdout.write(text);
}

/** A line about files that are as they should be; empty where there are none. */
export function upToDate(count: number): string {
  if (count === 0) return '';
  return `${count} ${count === 1 ? 'file is' : 'files are'} up to date\n`;
}
