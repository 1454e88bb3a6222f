import { rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { sayWritten, writableFile } from '../json-file.js';
import { ResultsFileError, readResults } from '../lab/results.js';
import { documentOf } from './html/document.js';
import { runsOf } from './input.js';

export function reportCommand(): Command {
  const command = new Command('report')
    .description('one HTML page of one or more runs of the lab: plots, ratios in words, tables')
    .argument('<file...>', 'results of runs, as --json wrote them')
    // Asked for below: a missing one must not hide that another option is misspelt.
    .option('--out <file>', 'where to write the page (needed)')
    .addHelpText(
      'after',
      '\nThe page is one file that needs no network. Several runs stand side by side in it.\n\nExit codes: 0 written, 1 bad input: the page is not written.',
    );
  return command.action((files: string[], { out }: { out?: string }) => {
    if (out === undefined)
      return command.error('error: --out <file> says where to write the page, and is missing');
    if (files.some((file) => resolve(file) === resolve(out))) {
      return command.error(`error: --out ${out}: these are the results, which the page would overwrite`);
    }
    try {
      writableFile(out);
      const runs = runsOf(files.map((file) => ({ file, results: readResults(file) })));
      writeFileSync(out, documentOf(runs));
      sayWritten(out);
    } catch (error) {
      if (error instanceof InvalidArgumentError) command.error(`error: --out ${out}: ${error.message}`);
      // What the check for writability left behind.
      if (statSync(out).size === 0) rmSync(out);
      if (error instanceof ResultsFileError) command.error(`error: ${error.message}`);
      throw error;
    }
  });
}
