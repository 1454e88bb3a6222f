import { spawn } from 'node:child_process';
import { repositoryRoot } from './paths.mjs';

// Some tools colour what they write into a pipe, which makes a log unreadable.
const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1' };

/**
 * Runs a command to its end, passing its output on as it comes unless `quiet`.
 *
 * @returns its exit code (128 when a signal or the time limit ended it) and what it wrote.
 */
export function run(
  command,
  args,
  { cwd = repositoryRoot, env = process.env, timeoutMs = 0, quiet = false } = {},
) {
  return new Promise((resolve) => {
    // A group of its own, so that a time limit also ends what the command has started.
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...plain },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const collect = (from, to) => {
      const chunks = [];
      from.on('data', (chunk) => {
        chunks.push(chunk);
        if (!quiet) to.write(chunk);
      });
      return () => Buffer.concat(chunks).toString('utf8');
    };
    const stdout = collect(child.stdout, process.stdout);
    const stderr = collect(child.stderr, process.stderr);
    const endGroup = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has ended by itself.
      }
    };
    const timer = timeoutMs > 0 ? setTimeout(() => endGroup('SIGKILL'), timeoutMs) : undefined;
    const forward = (signal) => {
      endGroup(signal);
      process.exit(130);
    };
    process.once('SIGINT', forward).once('SIGTERM', forward);
    const settle = (code) => {
      clearTimeout(timer);
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve({ code, stdout: stdout(), stderr: stderr() });
    };
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      settle(127);
    });
    child.once('close', (code) => settle(code ?? 128));
  });
}
