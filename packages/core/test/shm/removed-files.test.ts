import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

const AGAIN = 'the socket was removed by somebody else: it is published again';
const NOT_AGAIN = 'the socket was removed by somebody else and cannot be published again so far';
const TAKEN = 'another server has taken the name over: this one finishes its calls and ends';

interface Serving {
  readonly directory: string;
  readonly listening: Listening;
  readonly lines: string[];
  /** How often the server was told that its name is another's. */
  readonly taken: { times: number };
  file(name: string): string;
}

async function serve(options: ShmAcceptorOptions = {}): Promise<Serving> {
  const directory = temporaryFolder();
  const lines: string[] = [];
  const log = (_: object, message: string) => void lines.push(message);
  const taken = { times: 0 };
  const onTaken = () => {
    taken.times += 1;
  };
  const listening = await createShmAcceptor({
    directory,
    logger: { warn: log, error: log },
    ...options,
  }).listen(idlePolicy({ onConnection: echo, onTaken }));
  onTestFinished(() => listening.close());
  return { directory, listening, lines, taken, file: (name) => `${directory}/orders/${name}` };
}

/** Keeps everybody in this process from the guard. */
function holdGuard(folder: string): { asked(): number; release(): void } {
  const fd = openSync(`${folder}/.guard`, 'r+');
  const { addon } = native();
  expect(addon.tryLock(fd)).toBe(true);
  const spy = vi.spyOn(addon, 'tryLock');
  onTestFinished(() => spy.mockRestore());
  return { asked: () => spy.mock.calls.length, release: () => closeSync(fd) };
}

/** What another process does that takes the server for dead; its lock and its socket. */
function takeFor(folder: string): void {
  for (const name of ['main.lock', 'main.sock']) {
    rmSync(`${folder}/${name}`, { force: true });
    writeFileSync(`${folder}/${name}`, '');
  }
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
      expect(lines).toEqual(Array(3).fill(AGAIN));
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
      handshakeTimeoutMs: 1_500,
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

  test('it is removed once more while a handshake at the first is unfinished', async () => {
    let judged = 0;
    const directory = temporaryFolder();
    const listening = await createShmAcceptor({
      directory,
      handshakeTimeoutMs: 60_000,
      logger: { warn: () => {}, error: () => {} },
    }).listen(
      idlePolicy({
        allow: () => {
          judged += 1;
          return undefined;
        },
      }),
    );
    onTestFinished(() => listening.close());
    void handPeer(`${directory}/orders`, 'wait');
    await until(() => judged === 1);
    for (let times = 0; times < 3; times += 1) {
      rmSync(`${directory}/orders/main.sock`);
      await until(() => existsSync(`${directory}/orders/main.sock`));
    }
  });

  test('it is removed once more before its new folder is watched', async () => {
    const { directory, lines, file } = await serve();
    const { addon } = native();
    const { listen } = addon;
    const spy = vi.spyOn(addon, 'listen').mockImplementationOnce((...args) => {
      const listener = listen.apply(addon, args);
      // As soon as it has its name, and before anybody else has a turn.
      queueMicrotask(() => rmSync(file('main.sock')));
      return listener;
    });
    onTestFinished(() => spy.mockRestore());
    rmSync(`${directory}/orders`, { recursive: true });
    await until(() => lines.length === 2 && existsSync(file('main.sock')));
    expect(lines).toEqual([AGAIN, AGAIN]);
  });

  test('it is published later when that fails at first, and the log says so once', async () => {
    const { directory, lines, file } = await serve();
    const { addon } = native();
    let failures = 0;
    const spy = vi.spyOn(addon, 'listen').mockImplementation(() => {
      failures += 1;
      if (failures === 2) spy.mockRestore();
      throw new Error('EMFILE: too many open files');
    });
    onTestFinished(() => spy.mockRestore());
    rmSync(file('main.sock'));
    await until(() => lines.length === 2);
    expect(failures).toBe(2);
    expect(lines).toEqual([NOT_AGAIN, AGAIN]);
    await connect({ directory });
  });

  test('it is published when it was removed during a takeover that comes to nothing', async () => {
    const { directory, lines, file } = await serve({ timing: { handoverMs: 200 } });
    const { addon } = native();
    const folder = openSync(`${directory}/orders`, 'r');
    onTestFinished(() => closeSync(folder));
    const sent = await new Promise<number>((resolve, reject) => {
      addon.takeOver(folder, 'main.sock', 20_000, (failure, fd) => {
        if (failure === null) resolve(fd);
        else reject(new Error(failure.message));
      });
    });
    rmSync(file('main.sock'));
    addon.closeDescriptor(sent);
    await until(() => existsSync(file('main.sock')));
    expect(lines).toEqual([AGAIN]);
    await connect({ directory });
  });

  test('it is not published by one that was taken for dead while it waited for the guard', async () => {
    const { listening, lines, taken, file } = await serve();
    const descriptors = () => openDescriptors().filter((target) => target.includes(file('')));
    const guard = holdGuard(file(''));
    rmSync(file('main.sock'));
    await until(() => guard.asked() > 2);
    takeFor(file(''));
    const { ino } = statSync(file('main.sock'));
    await until(() => taken.times === 1);
    guard.release();
    await listening.close();
    expect(descriptors()).toEqual([]);
    expect(lines).toEqual([TAKEN]);
    expect(statSync(file('main.sock')).ino).toBe(ino);
  });

  test('nor by one that had its lock already, and waited for the guard once more', async () => {
    const { listening, taken, file } = await serve();
    let guard: ReturnType<typeof holdGuard> | undefined;
    const { addon } = native();
    const { tryLock } = addon;
    const spy = vi.spyOn(addon, 'tryLock').mockImplementation((fd) => {
      const locked = tryLock.call(addon, fd);
      // The lock itself, after the guard: the guard is free again when the turn is over.
      if (spy.mock.calls.length === 2) {
        queueMicrotask(() => {
          spy.mockRestore();
          guard = holdGuard(file(''));
        });
      }
      return locked;
    });
    onTestFinished(() => spy.mockRestore());
    rmSync(file('main.sock'));
    await until(() => guard !== undefined && guard.asked() > 2);
    takeFor(file(''));
    const { ino } = statSync(file('main.sock'));
    guard?.release();
    await until(() => taken.times === 1);
    await listening.close();
    expect(statSync(file('main.sock')).ino).toBe(ino);
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

describe('the folder of a living server that somebody removes', () => {
  test.each(['removed', 'renamed'])('%s: it is made again, with the socket in it', async (how) => {
    const { directory, listening, lines, file } = await serve();
    const before = await connect({ directory });
    await turn();
    const descriptors = openDescriptors();
    for (const times of [1, 2]) {
      if (how === 'removed') rmSync(`${directory}/orders`, { recursive: true });
      else renameSync(`${directory}/orders`, `${directory}/${times}`);
      await until(() => lines.length === times && existsSync(file('main.sock')));
      const after = await connect({ directory });
      expect(textOf(await after.call('hello'))).toBe('hello');
      after.connection.close();
      await after.sink.closed();
    }
    expect(lines).toEqual([AGAIN, AGAIN]);
    expect(textOf(await before.call('still there'))).toBe('still there');
    await until(() => openDescriptors().length === descriptors.length);
    const other = createShmAcceptor({ directory, onTaken: 'fail' }).listen(idlePolicy());
    await expect(other).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    // In the new folder, too, it looks after its socket.
    rmSync(file('main.sock'));
    await until(() => lines.length === 3);
    await listening.close();
    expect(readdirSync(`${directory}/orders`).filter((name) => name.endsWith('.sock'))).toEqual([]);
    expect(lines).toHaveLength(3);
  });

  test('it is watched anew, also when the end of the one before was no event', async () => {
    const { directory, lines, file } = await serve();
    // The kernel tells of a folder's end when nobody has it open.
    const kept = openSync(`${directory}/orders`, 'r');
    onTestFinished(() => closeSync(kept));
    for (const name of readdirSync(`${directory}/orders`)) rmSync(file(name));
    await turn();
    await turn();
    rmdirSync(`${directory}/orders`);
    await until(() => lines.length === 1);
    rmSync(file('main.sock'));
    await until(() => lines.length === 2);
    expect(lines).toEqual([AGAIN, AGAIN]);
  });

  test('it drains when another server is the first to serve there again', async () => {
    const { directory, listening, lines, taken, file } = await serve();
    rmSync(`${directory}/orders`, { recursive: true });
    const next = await createShmAcceptor({ directory, onTaken: 'fail' }).listen(
      idlePolicy({ onConnection: echo }),
    );
    onTestFinished(() => next.close());
    await until(() => taken.times === 1);
    await listening.close();
    expect(lines).toEqual([TAKEN]);
    expect(existsSync(file('main.sock'))).toBe(true);
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
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
