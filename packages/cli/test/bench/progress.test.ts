import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BenchProgress, partDone } from '../../src/bench/progress.js';

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
