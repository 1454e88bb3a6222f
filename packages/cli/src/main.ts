import { ExitCode, exitCodeOf } from './exit.js';
import { program } from './program.js';
import { reportFailure } from './terminal/failure.js';

const json = process.argv.includes('--json');

// What a contract module leaves running may fail later than it was loaded.
process.on('uncaughtException', (error) => {
  reportFailure(error, json);
  process.exit(ExitCode.failed);
});
// The reader of a pipe may have seen enough (`| head`).
process.stdout.on('error', () => process.exit(ExitCode.failed));

const exitCode = await exitCodeOf(() => program().parseAsync(), json);
// What a contract module has opened, a timer or a pool of connections, must not keep the command alive.
process.exit(exitCode);
