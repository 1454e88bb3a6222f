import { renameSync, rmSync } from 'node:fs';
import type { NativeFailure, NativeListener } from '@doorcall/native';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ServiceFolder } from '../../src/transport/shm/folder.js';
import { Liveness } from '../../src/transport/shm/liveness.js';
import { native } from '../../src/transport/shm/native.js';
import { timingOf } from '../../src/transport/shm/options.js';
import { serviceFolder } from './support/folder.js';

// Only the clock that verdicts are made by is turned by hand; sockets and their timers are real.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

const timing = timingOf({ timing: { probeMs: 500, nobodyMs: 1_000, silentMs: 5_000 } });
const pass = (ms: number) => vi.advanceTimersByTime(ms);

/** A socket on which somebody listens: one that answers, or one that is as good as dead. */
function listenAt(folder: ServiceFolder, answers: boolean): NativeListener {
  const listener = native().addon.listen(
    folder.fd,
    'main.sock',
    {},
    {
      onHello: (handshake) => {
        if (answers) listener.refuse(handshake, 6, 'yes');
      },
      onConnection: () => {},
      onDropped: () => {},
      onTakeover: () => {},
      onProblem: () => {},
    },
  );
  onTestFinished(() => listener.close(() => {}));
  return listener;
}

test('nothing is known before the first answer', () => {
  const liveness = new Liveness(serviceFolder(), 'main', timing);
  pass(60_000);
  expect(liveness.verdict).toBe('unknown');
});

test('any answer is life, even a refusal', async () => {
  const folder = serviceFolder();
  listenAt(folder, true);
  const liveness = new Liveness(folder, 'main', timing);
  pass(60_000);
  await liveness.ask();
  expect(liveness.verdict).toBe('alive');
});

test('a socket that refuses proves death after a while, and with a second answer', async () => {
  const liveness = new Liveness(serviceFolder(), 'main', timing);
  await liveness.ask();
  pass(60_000);
  expect(liveness.verdict).toBe('unknown');
  liveness.restart();
  await liveness.ask();
  pass(999);
  await liveness.ask();
  expect(liveness.verdict).toBe('unknown');
  pass(1);
  await liveness.ask();
  expect(liveness.verdict).toBe('stale');
});

test('one that takes connections and answers none does so much later', async () => {
  const folder = serviceFolder();
  listenAt(folder, false);
  const liveness = new Liveness(folder, 'main', timing);
  await liveness.ask();
  pass(4_999);
  await liveness.ask();
  expect(liveness.verdict).toBe('unknown');
  pass(1);
  await liveness.ask();
  expect(liveness.verdict).toBe('stale');
});

test('each time counts from the last contrary answer', async () => {
  const folder = serviceFolder();
  const liveness = new Liveness(folder, 'main', timing);
  await liveness.ask();
  pass(999);
  const silent = listenAt(folder, false);
  await liveness.ask();
  silent.close(() => {});
  rmSync(`${folder.path}/main.sock`);
  pass(1);
  await liveness.ask();
  // Nobody listened for long, but somebody did in between.
  expect(liveness.verdict).toBe('unknown');
  pass(3_999);
  listenAt(folder, true);
  await liveness.ask();
  expect(liveness.verdict).toBe('alive');
  renameSync(`${folder.path}/main.sock`, `${folder.path}/away.sock`);
  pass(4_000);
  await liveness.ask();
  expect(liveness.verdict).toBe('unknown');
});

test('another owner starts anew', async () => {
  const liveness = new Liveness(serviceFolder(), 'main', timing);
  await liveness.ask();
  pass(1_000);
  await liveness.ask();
  expect(liveness.verdict).toBe('stale');
  liveness.restart();
  expect(liveness.verdict).toBe('unknown');
  await liveness.ask();
  expect(liveness.verdict).toBe('unknown');
});

function failWith(failure: Partial<NativeFailure>): void {
  const dial = vi.spyOn(native().addon, 'dial');
  onTestFinished(() => dial.mockRestore());
  dial.mockImplementation((...args) => {
    args[5]({ code: 14, message: 'no', retryable: true, ...failure }, null);
    return () => {};
  });
}

test('an answer that asks to come again is an answer', async () => {
  failWith({ answered: true });
  const liveness = new Liveness(serviceFolder(), 'main', timing);
  await liveness.ask();
  pass(60_000);
  await liveness.ask();
  expect(liveness.verdict).toBe('alive');
});

test.each(['EMFILE', 'ENFILE', 'ENOMEM'])('that we have %s says nothing of anybody else', async (errno) => {
  const folder = serviceFolder();
  const liveness = new Liveness(folder, 'main', timing);
  failWith({ errno });
  await liveness.ask();
  pass(60_000);
  await liveness.ask();
  expect(liveness.verdict).toBe('unknown');
});
