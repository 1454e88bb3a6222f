// Command lines of the root scripts. Read before anything is built or installed: `--help` and a slip must not take minutes.
import { parseArgs } from 'node:util';
import { refuse } from './fail.mjs';

/**
 * Prints the help where it is asked for, and ends the script; likewise, with exit code 2, where an option is unknown.
 *
 * @param options as parseArgs() takes them; `help` is added
 * @param positionals whether words that belong to no option are allowed
 */
export function readCommandLine({ help, options = {}, positionals = false, args = process.argv.slice(2) }) {
  let read;
  try {
    read = parseArgs({
      args,
      options: { ...options, help: { type: 'boolean', short: 'h', default: false } },
      allowPositionals: positionals,
    });
  } catch (error) {
    return refuse(`${error.message}\n\n${help}`);
  }
  if (read.values.help) {
    console.log(help);
    process.exit(0);
  }
  return read;
}
