import { CommanderError } from 'commander';
import { reportFailure } from './terminal/failure.js';

/** What the process ends with. `--help` and docs/codegen.md say the same. */
export const ExitCode = {
  /** Done, and nothing to complain about. */
  ok: 0,
  /** Done, and what was looked at is not as it should be: stale output, a breaking change, a diagnostic, calls that fail. */
  found: 1,
  /** Not done: wrong usage or configuration, a contract that cannot be loaded, a file that cannot be written, no server. */
  failed: 2,
  /** Ended by Ctrl-C, as a shell reports it; what was measured until then was told. */
  interrupted: 130,
} as const;

/** One of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** For a command's help. */
export const EXIT_CODES_HELP = [
  'Exit codes:',
  '  0  done, and nothing to complain about',
  '  1  done, and something was found: stale output, a breaking change, an error in a contract, calls that failed',
  '  2  not done: wrong usage or configuration, a contract that cannot be loaded, a file that cannot be written,',
  '     no server',
  '  130  interrupted',
].join('\n');

/**
 * Runs a command to its end and tells its exit code. A command says other ones than `ok` by `process.exitCode`;
 * what it throws is shown and means {@link ExitCode.failed}.
 *
 * @param json failures go to standard output as JSON
 */
export async function exitCodeOf(run: () => Promise<unknown>, json: boolean): Promise<ExitCode> {
  try {
    await run();
    return (process.exitCode as ExitCode | undefined) ?? ExitCode.ok;
  } catch (error) {
    // Commander has shown its own; help and version are errors to it, too, with exit code 0.
    if (!(error instanceof CommanderError)) reportFailure(error, json);
    else if (error.exitCode === 0) return ExitCode.ok;
    return ExitCode.failed;
  }
}
