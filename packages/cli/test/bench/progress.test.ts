import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { BenchProgress, partDone } from '../../src/bench/progress.js';
import { Shop } from './shop.js';

function terminal({ isTTY = true } = {}) {
  const stream = Object.assign(new PassThrough({ encoding: 'utf8' }), {
    columns: 120,
    isTTY,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  let text = '';
  stream.on('data', (part: string) => {
    text += part;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => text };
}

it('draws a bar with the time left, the calls so far and those that failed', async () => {
  const { stream, text } = terminal();
  const progress = new BenchProgress(stream);
  const live = progress.begin('measuring', { durationMs: undefined, requests: 20_000 });
  Object.assign(live, { started: 10_500, ended: 10_000, failed: 7 });
  while (!text().includes('10,000 calls')) await sleep(5);
  progress.end();
  expect(text()).toMatch(/measuring █+░+ \S+ m?s left \| 10,000 calls, [\d,]+\/s, 7 failed/);
});

/** Of util-linux: runs a command on a terminal of its own. */
const script = spawnSync('script', ['--version']).status === 0;

it.skipIf(!script)(
  'shows on a real terminal how long it takes, and gives the cursor back at Ctrl-C',
  async () => {
    const shop = new Shop();
    await shop.serve();
    const bin = path.resolve(import.meta.dirname, '../../bin/doorcall.js');
    const words = [
      process.execPath,
      bin,
      'bench',
      'orders.service.ts',
      '--method',
      'orders/ping',
      '-z',
      '1h',
    ];
    const line = [...words, '--warm-up', '0', '--directory', shop.directory]
      .map((word) => `'${word}'`)
      .join(' ');
    const child = spawn('script', ['--quiet', '--return', '--command', `exec ${line}`, '/dev/null'], {
      cwd: shop.made.folder,
      env: { ...process.env, NODE_OPTIONS: '', TERM: 'xterm' },
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      said += part;
    });
    const ended = once(child, 'close');
    while (!/measuring ░+ (\S+ min|\?) left \| [1-9][\d,]* calls, [\d,]+\/s/.test(said)) await sleep(5);
    const HIDE = '\x1b[?25l';
    const SHOW = '\x1b[?25h';
    expect(said.lastIndexOf(HIDE)).toBeGreaterThan(said.lastIndexOf(SHOW));
    child.stdin.write('\x03');
    expect((await ended)[0]).toBe(130);
    expect(said.lastIndexOf(SHOW)).toBeGreaterThan(said.lastIndexOf(HIDE));
    expect(said).toContain('Interrupted: the figures are of a part of the run');
  },
);

it('stays away where nobody watches', () => {
  const { stream, text } = terminal({ isTTY: false });
  const progress = new BenchProgress(stream);
  expect(progress.begin('measuring', { durationMs: 1, requests: 1 })).toEqual({
    started: 0,
    ended: 0,
    failed: 0,
  });
  progress.end();
  expect(text()).toBe('');
});

it('is as far as the nearer of both ends', () => {
  const live = { started: 50, ended: 50, failed: 0 };
  expect(partDone({ durationMs: 100, requests: undefined }, live, 25)).toBe(0.25);
  expect(partDone({ durationMs: undefined, requests: 100 }, live, 25)).toBe(0.5);
  expect(partDone({ durationMs: 100, requests: 100 }, live, 25)).toBe(0.5);
  expect(partDone({ durationMs: 100, requests: 100 }, live, 250)).toBe(1);
});
