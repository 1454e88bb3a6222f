import { Command, InvalidArgumentError, Option } from 'commander';
import { didYouMean, listOf } from '../choice.js';
import { writableFile, writeJson } from '../json-file.js';
import { ResultsFileError, readResults, type SuiteName, suiteNames } from '../lab/results.js';
import { type Choice, compareRuns } from './compare.js';
import { printComparison, type Run } from './print.js';
import { comparisonReport } from './report.js';
import { nothingInCommon } from './words.js';

/** Of a comparison that could not be made; 1 says that something got slower. */
const badInput = 2;

interface Options {
  margin: number;
  relativeTo?: string;
  transport?: string[];
  suite?: SuiteName[];
  json?: string;
}

export function compareCommand(): Command {
  const command = new Command('compare')
    .description('two runs of the lab side by side; exits with 1 when something got significantly slower')
    .argument('<before>', 'results of the earlier run, as --json wrote them')
    .argument('<after>', 'results of the later run')
    .addOption(
      new Option('--margin <percent>', 'how much slower is still the same')
        .argParser(percent)
        .default(0.05, '5'),
    )
    .option('--relative-to <transport>', "divide each figure by that transport's of the same run and round")
    .addOption(new Option('--transport <a,b>', 'only these transports').argParser(names))
    .addOption(new Option('--suite <x,y>', 'only these suites').argParser(listOf('suite', suiteNames)))
    .option('--json <file>', 'write the comparison to this file', writableFile)
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing got slower, or the rounds are too few to say so (fewer than four in each run), 1 something did (its whole interval, at 95 %, lies beyond the margin), 2 bad input, or nothing in common.',
    )
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : badInput));
  return command.action((before: string, after: string, options: Options) => {
    const refuse = (message: string): never => command.error(`error: ${message}`, { exitCode: badInput });
    try {
      const runs = [before, after].map((file) => ({ file, results: readResults(file) }));
      compare(runs as [Run, Run], options, refuse);
    } catch (error) {
      if (error instanceof ResultsFileError) refuse(error.message);
      throw error;
    }
  });
}

function compare([before, after]: [Run, Run], options: Options, refuse: (message: string) => never): void {
  const { margin, relativeTo, transport, suite, json } = options;
  for (const name of [...(transport ?? []), ...(relativeTo === undefined ? [] : [relativeTo])]) {
    const known = [before, after].flatMap(({ results }) => Object.keys(results.transports));
    if (!known.includes(name)) {
      const all = [...new Set(known)];
      refuse(`Unknown transport '${name}'.${didYouMean(name, all)} Measured: ${all.join(', ')}.`);
    }
  }
  const choice: Choice = {
    margin,
    ...(relativeTo !== undefined && { relativeTo }),
    ...(transport !== undefined && { transports: transport }),
    ...(suite !== undefined && { suites: suite }),
  };
  const found = compareRuns(before.results, after.results, choice);
  if (found.comparisons.length === 0 && found.incomparable.length === 0) {
    refuse(nothingInCommon(before, after, choice));
  }
  process.stdout.write(printComparison(before, after, found, choice));
  if (json !== undefined) writeJson(json, comparisonReport(before, after, found, choice));
  if (found.comparisons.length === 0) {
    refuse('nothing that both runs have could be compared; why stands above.');
  }
  if (found.comparisons.some(({ verdict }) => verdict === 'slower')) process.exitCode = 1;
}

const names = (text: string) => text.split(',').map((name) => name.trim());

/** @throws InvalidArgumentError unless the text is a number of at least 0 */
function percent(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('It has to be a number of at least 0, in percent.');
  }
  return value / 100;
}
