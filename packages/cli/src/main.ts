import { ExitCode, exitCodeOf } from './exit.js';
import { program } from './program.js';
import { reportFailure } from './terminal/failure.js';

// `bench` has one that names a file.
const json = process.argv[2] !== 'bench' && process.argv.includes('--json');

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
