import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { writableFile } from '../json-file.js';
import { ResultsFileError, readResults } from '../lab/results.js';
import { documentOf } from './html/document.js';
import { runsOf } from './input.js';

export function reportCommand(): Command {
  const command = new Command('report')
    .description('one HTML page of one or more runs of the lab: plots, ratios in words, tables')
    .argument('<file...>', 'results of runs, as --json wrote them')
    .requiredOption('--out <file>', 'where to write the page', writableFile)
    .addHelpText(
      'after',
      '\nThe page is one file that needs no network. Several runs stand side by side in it.',
    );
  return command.action((files: string[], { out }: { out: string }) => {
    try {
      const runs = runsOf(files.map((file) => ({ file, results: readResults(file) })));
      writeFileSync(out, documentOf(runs));
    } catch (error) {
      if (error instanceof ResultsFileError) command.error(`error: ${error.message}`);
      throw error;
    }
  });
}
