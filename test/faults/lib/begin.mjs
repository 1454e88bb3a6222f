// What the command begins with, whoever starts it: help and slips are answered before anything is built.
import { refuse } from '../../../scripts/lib/fail.mjs';
import { readOptions, USAGE } from './options.mjs';
import { straceProblem } from './strace.mjs';

/** @returns the options; ends the process where there is nothing to begin */
export function begin() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    process.exit(0);
  }
  const problem = options.problem ?? (options.syscalls ? straceProblem() : undefined);
  if (problem !== undefined) refuse(problem);
  return options;
}
