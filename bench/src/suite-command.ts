/** What the commands of all suites have in common: options, and what becomes of an outcome. */
import { Command, Option } from 'commander';
import { listOf, positiveInteger } from './choice.js';
import { interruptedExitCode } from './interrupt.js';
import { writableFile, writeJson } from './json-file.js';

export interface SuiteOptions {
  json?: string;
  assert?: true;
  rounds: number;
}

interface SuiteWords {
  name: string;
  description: string;
  /** Of `--assert`. */
  assert: string;
  /** Unless `--rounds` says otherwise. */
  rounds: number;
}

/** Of all suites; `compare` and `guard` have codes of their own, and say so. */
export const exitCodeHelp = `
Exit codes: 0 measured, and what could not be is listed; 1 bad input, nothing measured, or with --assert a target missed;
130 interrupted: what was measured until then is printed and written.`;

/** A command with the options that every suite has. */
export function suiteCommand({ name, description, assert, rounds }: SuiteWords): Command {
  return new Command(name)
    .description(description)
    .option('--json <file>', 'write environment and results to this file', writableFile)
    .option('--assert', assert)
    .option('--rounds <n>', 'rounds; figures are medians over them', positiveInteger, rounds)
    .addHelpText('after', exitCodeHelp);
}

/** An option that narrows the run to some of the known names, e.g. `--scenario <x,y>`. */
export function narrowing(flags: string, what: string, known: readonly string[]): Option {
  return choosing(flags, `only these ${what}s`, what, known).default(known, 'all');
}

/** An option that takes some of the known names. */
export function choosing(flags: string, description: string, what: string, known: readonly string[]): Option {
  return new Option(flags, description).argParser(listOf(what, known));
}

/** A line of a help text: a name and what it stands for. */
export function helpLine(name: string, summary: string, width = 12): string {
  return `  ${name.padEnd(width)} ${summary}`;
}

/** A line for each. */
export function helpLines(summaries: Readonly<Record<string, string>>): string {
  return Object.entries(summaries)
    .map(([name, summary]) => helpLine(name, summary))
    .join('\n');
}

export interface Outcome {
  /** For a person at a terminal. */
  text: string;
  /** For `--json`. */
  report: object;
  /** How many results there are. */
  measured: number;
  /** Why the run does not pass `--assert`; undefined when it does. */
  complaint: string | undefined;
}

/** Prints and writes what was measured, and sets the exit code. */
export function conclude(options: SuiteOptions, signal: AbortSignal, outcome: Outcome): void {
  const { text, report, measured, complaint } = outcome;
  process.stdout.write(text);
  if (options.json !== undefined) writeJson(options.json, report);
  if (signal.aborted) {
    process.stderr.write('Interrupted: the figures above are of a part of the run.\n');
    process.exitCode = interruptedExitCode;
  } else if (measured === 0) {
    process.stderr.write('Nothing could be measured.\n');
    process.exitCode = 1;
  } else if (options.assert && complaint !== undefined) {
    process.stderr.write(complaint);
    process.exitCode = 1;
  }
}
