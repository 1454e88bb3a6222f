import { spawn } from 'node:child_process';
import { fail } from './fail.mjs';
import { repositoryRoot } from './paths.mjs';

/**
 * Runs a command in the foreground and ends with its exit code. A signal to this process is passed on, and the
 * command decides what becomes of it: it may have children to stop and results to save.
 */
export function handOver(command, args = [], env = process.env) {
  const child = spawn(command, args, { cwd: repositoryRoot, env, stdio: 'inherit' });
  // From a terminal the whole process group has it already; a second one would cut the clean-up short.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 128)));
}
