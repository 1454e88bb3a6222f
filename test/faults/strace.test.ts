import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { straceProblem, Trace } from './lib/strace.mjs';

/** Closes files on its main thread, and then on those of libuv's pool. */
const CLOSES = `
process.stdin.once('data', async () => {
  const fs = require('node:fs');
  for (let i = 0; i < 5; i++) fs.closeSync(fs.openSync('/dev/null'));
  for (let i = 0; i < 50; i++) await (await fs.promises.open('/dev/null')).close();
  process.exit(0);
});
console.log('ready');
`;

async function traced(injection: string) {
  const child = spawn(process.execPath, ['-e', CLOSES], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const trace = new Trace(child.pid, injection);
  await trace.attached;
  return { child, trace, exited: once(child, 'exit') };
}

test.skipIf(straceProblem() !== undefined)(
  'a process is stopped once, though other threads come to the same call as often',
  async () => {
    const { child, trace, exited } = await traced('close:signal=STOP:when=3');
    child.stdin.write('go');
    await trace.stopped;
    child.kill('SIGCONT');
    let over = false;
    void exited.then(() => {
      over = true;
    });
    // A second stop would be for good.
    while (!over && trace.stops < 2) await sleep(5);
    expect(trace.stops).toBe(1);
    expect(await exited).toEqual([0, null]);
    expect(await trace.wasStopped()).toBe(true);
  },
);

test.skipIf(straceProblem() !== undefined)('only what the main thread calls is counted', async () => {
  const { child, trace, exited } = await traced(undefined as unknown as string);
  child.stdin.write('go');
  await exited;
  const counts = await trace.counts();
  expect(counts.get('close')).toBeGreaterThanOrEqual(5);
  expect(counts.get('close')).toBeLessThan(50);
});
