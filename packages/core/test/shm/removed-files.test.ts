import { existsSync, readdirSync, rmSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { guarded } from '../../src/transport/shm/guard.js';
import { createShmAcceptor } from '../../src/transport/shm/index.js';
import { native } from '../../src/transport/shm/native.js';
import type { ShmAcceptorOptions } from '../../src/transport/shm/options.js';
import type { Listening } from '../../src/transport/transport.js';
import { turn } from '../behaviour/waiting.js';
import { connect, dialOnce, textOf } from './support/client.js';
import { serviceFolder } from './support/folder.js';
import { handPeer } from './support/native-listener.js';
import { openDescriptors, temporaryFolder, until } from './support/places.js';
import { echo, idlePolicy } from './support/policy.js';

interface Serving {
  readonly directory: string;
  readonly listening: Listening;
  readonly lines: string[];
  file(name: string): string;
}

async function serve(options: ShmAcceptorOptions = {}): Promise<Serving> {
  const directory = temporaryFolder();
  const lines: string[] = [];
  const log = (_: object, message: string) => void lines.push(message);
  const listening = await createShmAcceptor({
    directory,
    logger: { warn: log, error: log },
    ...options,
  }).listen(idlePolicy({ onConnection: echo }));
  onTestFinished(() => listening.close());
  return { directory, listening, lines, file: (name) => `${directory}/orders/${name}` };
}

describe('files of a living server that somebody removes', () => {
  test.each([[['main.sock']], [['main.sock', 'main.lock', '.guard']]])(
    '%j: the socket is published again, and nothing else changes',
    async (removed) => {
      const { directory, listening, lines, file } = await serve();
      const before = await connect({ directory });
      await turn();
      const descriptors = openDescriptors();
      for (const times of [1, 2, 3]) {
        for (const name of removed) rmSync(file(name));
        await until(() => lines.length === times && existsSync(file('main.sock')));
        const after = await connect({ directory });
        expect(textOf(await after.call('hello'))).toBe('hello');
        after.connection.close();
        await after.sink.closed();
      }
      expect(lines).toEqual(Array(3).fill('the socket was removed by somebody else: it is published again'));
      expect(textOf(await before.call('still there'))).toBe('still there');
      await until(() => openDescriptors().length === descriptors.length);
      // The name is still this server's.
      const other = createShmAcceptor({ directory, onTaken: 'fail' }).listen(idlePolicy());
      await expect(other).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        message: expect.stringContaining(`pid ${process.pid}`),
      });
      await listening.close();
      expect(readdirSync(`${directory}/orders`).filter((name) => name.endsWith('.sock'))).toEqual([]);
    },
  );

  test('a handshake that is under way meanwhile is none of the new socket’s', async () => {
    const problems: string[] = [];
    let judged = 0;
    const directory = temporaryFolder();
    const listening = await createShmAcceptor({
      directory,
      handshakeTimeoutMs: 300,
      // Two connections with rings of the default size.
      maxRingBytes: 4 * 128 * 1024,
      logger: { warn: () => {}, error: () => {} },
    }).listen(
      idlePolicy({
        allow: () => {
          judged += 1;
          return undefined;
        },
        onPeerProblem: (_, reason) => void problems.push(reason),
      }),
    );
    onTestFinished(() => listening.close());
    const slow = handPeer(`${directory}/orders`, 'wait');
    await until(() => judged === 1);
    rmSync(`${directory}/orders/main.sock`);
    await until(() => existsSync(`${directory}/orders/main.sock`));
    await connect({ directory });
    await slow;
    await until(() => problems.length === 1);
    await connect({ directory });
    expect(await dialOnce({ directory })).toMatchObject({ refusal: { code: 'RESOURCE_EXHAUSTED' } });
  });

  test('it is not published again by one that closes in the midst of that', async () => {
    const { listening, file } = await serve();
    const { addon } = native();
    const { listen } = addon;
    let closing: Promise<void> | undefined;
    const spy = vi.spyOn(addon, 'listen').mockImplementation((...args) => {
      closing = listening.close();
      return listen.apply(addon, args);
    });
    onTestFinished(() => spy.mockRestore());
    const descriptors = openDescriptors();
    rmSync(file('main.sock'));
    await until(() => closing !== undefined);
    await closing;
    for (let i = 0; i < 50; i += 1) await turn();
    expect(existsSync(file('main.sock'))).toBe(false);
    expect(openDescriptors().length).toBeLessThan(descriptors.length);
  });

  test('it is not published again by one that has closed', async () => {
    const { listening, lines, file } = await serve();
    rmSync(file('main.sock'));
    await listening.close();
    for (let i = 0; i < 50; i += 1) await turn();
    expect(existsSync(file('main.sock'))).toBe(false);
    expect(lines).toEqual([]);
  });

  test('nor by one whose name another server has taken since then', async () => {
    const { directory, lines, file } = await serve();
    let closed = false;
    rmSync(file('main.lock'));
    const next = await createShmAcceptor({ directory, onTaken: 'fail' }).listen(
      idlePolicy({ onConnection: echo }),
    );
    onTestFinished(async () => {
      if (!closed) await next.close();
    });
    await until(() => lines.length === 1);
    expect(lines[0]).toMatch(/^another server has taken the name over/);
    await next.close();
    closed = true;
    for (let i = 0; i < 50; i += 1) await turn();
    expect(existsSync(file('main.sock'))).toBe(false);
    await expect(dialOnce({ directory })).rejects.toThrow('no endpoint');
  });
});

test('a guard that was removed while it was waited for guards nothing', async () => {
  const folder = serviceFolder();
  const { addon } = native();
  const { tryLock } = addon;
  let attempts = 0;
  const spy = vi.spyOn(addon, 'tryLock').mockImplementation((fd) => {
    attempts += 1;
    // Between the opening of the file and its lock.
    if (attempts === 1) rmSync(`${folder.path}/.guard`);
    return tryLock.call(addon, fd);
  });
  onTestFinished(() => spy.mockRestore());
  let locked: boolean | undefined;
  await guarded(folder, () => {
    expect(existsSync(`${folder.path}/.guard`)).toBe(true);
    locked = attempts === 2;
  });
  expect(locked).toBe(true);
});
