/** `npm run test:faults`, where it does not come to its end. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { straceProblem } from './lib/strace.mjs';

const POLL_MS = 10;
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/** In a group of its own, as a shell starts it, and with a folder of its own for what is temporary. */
function start(...args: readonly string[]) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'doorcall-faults-test-'));
  const child = spawn(process.execPath, [fileURLToPath(new URL('run.mjs', import.meta.url)), ...args], {
    detached: true,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
    for (const pid of processesWith(folder)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  return { pid: child.pid as number, folder, ended };
}

/** Those whose command line names it: clients, servers, and strace with what it forks. */
function processesWith(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(folder))
    .map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

const once = ['--side', 'client', '--rounds', '1'];

test('a pattern that no place matches is wrong use', async () => {
  const { code, output } = await start(...once, '--no-syscalls', '--points', 'nosuchpoint').ended;
  expect(output).toContain('doorcall: no place matches nosuchpoint\n');
  expect(code).toBe(2);
});

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends it with what there was, and nothing is left',
  async (signal) => {
    const traced = straceProblem() === undefined;
    const run = start(...once, ...(traced ? [] : ['--no-syscalls']));
    const awaited = traced ? 'doorcall-strace-' : 'doorcall-faults-';
    while (!readdirSync(run.folder).some((name) => name.startsWith(awaited))) await pause();
    // From a terminal all of the group have it.
    process.kill(signal === 'SIGINT' ? -run.pid : run.pid, signal);
    const { code, output } = await run.ended;
    expect(output).toMatch(/\d+ kills, \d+ stops, 0 violations, .*\ninterrupted/);
    expect(code, output).toBe(130);
    while (processesWith(run.folder).length > 0) await pause();
    expect(readdirSync(run.folder)).toEqual([]);
  },
);
