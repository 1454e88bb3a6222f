import { fork } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ServerCore } from '../../src/server/server.js';
import { claimName } from '../../src/transport/shm/claim.js';
import { createShmAcceptor } from '../../src/transport/shm/index.js';
import { timingOf } from '../../src/transport/shm/options.js';
import { echo } from '../behaviour/services.js';
import { connect, dialOnce, textOf } from './support/client.js';
import { serviceFolder } from './support/folder.js';
import { openDescriptors, temporaryFolder, until } from './support/places.js';
import { launch, serve, serveInVain } from './support/server-process.js';

const handlers = { say: (text: string) => text, nothing: () => {}, note: () => {} };

/** Short enough for a test, long enough for a process that has much to wait for. */
const SLOW = { waitMs: 60_000 };

const filesOf = (directory: string) => readdirSync(path.join(directory, 'orders')).sort();

const SUCCESSOR = fileURLToPath(new URL('fixtures/successor.mjs', import.meta.url));

/** A process that was given the name by its owner, and publishes no socket. */
async function successorOf(directory: string) {
  const child = fork(SUCCESSOR, [`${directory}/orders`, 'main.sock']);
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [answer] = await once(child, 'message');
  expect(answer).toEqual({ descriptor: expect.any(Number) });
  return { child, exited };
}

const waitsForLock = (pid: number) => openDescriptors(pid).some((target) => target.endsWith('main.lock'));

describe('a name that is taken', () => {
  test("'fail' names the pid of its owner", async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    const { code, message } = await serveInVain({ acceptor: { directory, onTaken: 'fail' } });
    expect(code).toBe('ALREADY_EXISTS');
    expect(message).toBe(
      `ALREADY_EXISTS: ${directory}/orders/main.sock is already served by pid ${owner.pid}; onTaken 'join' serves beside it, 'replace' takes the name over`,
    );
    const client = await connect({ directory });
    expect(textOf(await client.call('still there'))).toBe('still there');
  });

  test('is no reason to accept a rule that does not exist', async () => {
    const { createShmAcceptor } = await import('../../src/transport/shm/index.js');
    const { idlePolicy } = await import('./support/policy.js');
    const misspelt = { directory: temporaryFolder(), onTaken: 'jion' as 'join' };
    await expect(createShmAcceptor(misspelt).listen(idlePolicy())).rejects.toThrow(
      "onTaken is 'jion'; it is one of wait, fail, replace, join",
    );
  });

  test("'wait' gives up on an owner that stays, and names it", async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    const { code, message } = await serveInVain({ acceptor: { directory, timing: { waitMs: 100 } } });
    expect(code).toBe('ALREADY_EXISTS');
    expect(message).toContain(`pid ${owner.pid}`);
  });

  test("'wait' gets the name of an owner that closes", async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    const next = launch({ acceptor: { directory, timing: SLOW } });
    await until(() => waitsForLock(next.pid));
    await owner.tell('close');
    await next.event('listening');
    expect(filesOf(directory)).toEqual(['.guard', 'main.lock', 'main.sock']);
  });

  test("'wait' gets the name of an owner that is killed", async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    const next = launch({ acceptor: { directory, timing: SLOW } });
    await until(() => waitsForLock(next.pid));
    await owner.killed();
    await next.event('listening');
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test('is named in a message of the same process, too', async () => {
    const directory = temporaryFolder();
    const { createShmAcceptor } = await import('../../src/transport/shm/index.js');
    const { idlePolicy } = await import('./support/policy.js');
    const listening = await createShmAcceptor({ directory }).listen(idlePolicy());
    await expect(createShmAcceptor({ directory, onTaken: 'fail' }).listen(idlePolicy())).rejects.toThrow(
      `is already served by this process (pid ${process.pid})`,
    );
    await listening.close();
    expect(filesOf(directory)).toEqual(['.guard', 'main.lock']);
  });
});

describe('what a killed server leaves', () => {
  test('a stale socket is replaced silently', async () => {
    const directory = temporaryFolder();
    await (await serve({ acceptor: { directory } })).killed();
    expect(existsSync(`${directory}/orders/main.sock`)).toBe(true);
    const refused = await dialOnce({ directory });
    expect(refused).toMatchObject({ retryable: true, refusal: { code: 'UNAVAILABLE' } });
    const next = await serve({ acceptor: { directory, onTaken: 'fail' } });
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
    expect(next.stderr).toBe('');
  });

  test('a forked child that keeps the lock does not keep the name', async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    expect(await owner.hold('lock')).toBe(1);
    await owner.killed();
    const next = await serve({ acceptor: { directory, onTaken: 'fail', timing: { nobodyMs: 200 } } });
    expect(JSON.parse(readFileSync(`${directory}/orders/main.lock`, 'utf8'))).toMatchObject({
      pid: next.pid,
    });
    // The new lock counts: the next one is told of the new owner.
    const { message } = await serveInVain({ acceptor: { directory, onTaken: 'fail' } });
    expect(message).toContain(`pid ${next.pid}`);
  });

  test('nor does one that keeps the listening socket, too, where clients then wait in vain', async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    expect(await owner.hold('lock', 'sockets')).toBe(2);
    await owner.killed();
    const silent = await dialOnce({ directory }, {}, 'main', 100);
    expect(silent).toMatchObject({ retryable: true, refusal: { code: 'UNAVAILABLE' } });
    const timing = { probeMs: 100, silentMs: 300 };
    await serve({ acceptor: { directory, timing } });
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test('of many that find a stale lock exactly one gets the name', async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    await owner.hold('lock');
    await owner.killed();
    // The winner has to listen within this time: with the lock alone it is as good as dead.
    const acceptor = { directory, onTaken: 'fail', timing: { nobodyMs: 2_000 } } as const;
    const rivals = [1, 2, 3, 4].map(() => launch({ acceptor }));
    const outcomes = await Promise.all(
      rivals.map((rival) => Promise.race([rival.event('listening'), rival.event('failed')])),
    );
    const winners = rivals.filter((_, index) => outcomes[index]?.event === 'listening');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.event === 'failed') expect(outcome.message).toContain(`pid ${winners[0]?.pid}`);
    }
  });

  test('an owner that is merely busy keeps its name', async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    await owner.tell('block', { ms: 1_500 });
    const timing = { probeMs: 100, nobodyMs: 200, silentMs: 30_000 };
    const { message } = await serveInVain({ acceptor: { directory, onTaken: 'fail', timing } });
    expect(message).toContain(`pid ${owner.pid}`);
  });

  test('one that was taken for dead finds out, drains, and removes nothing of its successor', async () => {
    const directory = temporaryFolder();
    const owner = await serve({ acceptor: { directory } });
    const client = await connect({ directory });
    owner.kill('SIGSTOP');
    const timing = { probeMs: 100, silentMs: 300 };
    await serve({ acceptor: { directory, timing } });
    owner.kill('SIGCONT');
    await owner.event('taken');
    expect(await client.sink.closed()).toMatchObject({ reason: 'remote' });
    await owner.exited;
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });
});

describe("'join'", () => {
  test('listens beside the owner, and takes the first free slot', async () => {
    const directory = temporaryFolder();
    const join = { acceptor: { directory, onTaken: 'join' } } as const;
    const first = await serve(join);
    const second = await serve(join);
    const third = await serve(join);
    expect([first, second, third].map(({ events }) => (events[0] as { address: string }).address)).toEqual([
      `${directory}/orders/main.sock`,
      `${directory}/orders/main-2.sock`,
      `${directory}/orders/main-3.sock`,
    ]);
    await second.killed();
    const fourth = await serve(join);
    expect(fourth.events[0]).toMatchObject({ address: `${directory}/orders/main-2.sock` });
    for (const instance of ['main', 'main-2', 'main-3']) {
      expect(textOf(await (await connect({ directory }, {}, instance)).call(instance))).toBe(instance);
    }
  });

  test('many at once get a slot each', async () => {
    const directory = temporaryFolder();
    const servers = await Promise.all(
      [1, 2, 3, 4].map(() => serve({ acceptor: { directory, name: 'web', onTaken: 'join' } })),
    );
    const addresses = servers.map(({ events }) => path.basename((events[0] as { address: string }).address));
    expect(addresses.sort()).toEqual(['web-2.sock', 'web-3.sock', 'web-4.sock', 'web.sock']);
  });

  test('a new instance sweeps away the sockets of killed ones, and only those', async () => {
    const directory = temporaryFolder();
    const join = { acceptor: { directory, onTaken: 'join' } } as const;
    await serve(join);
    await (await serve(join)).killed();
    await serve({ acceptor: { directory, name: 'other' } });
    expect(filesOf(directory).filter((name) => name.endsWith('.sock'))).toEqual(['main.sock', 'other.sock']);
  });
});

test("'join' in a folder whose locks cannot be used fails, and leaves nothing open", async () => {
  const folder = serviceFolder();
  mkdirSync(path.join(folder.path, '.guard'));
  const before = openDescriptors();
  for (let i = 0; i < 3; i += 1) {
    await expect(claimName(folder, 'main', 'join', timingOf({}))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('.guard'),
    });
  }
  expect(openDescriptors()).toEqual(before);
});

describe("'replace'", () => {
  test('takes the name over; the old server drains and goes', async () => {
    const directory = temporaryFolder();
    const old = await serve({ acceptor: { directory } });
    const client = await connect({ directory });
    const next = await serve({ acceptor: { directory, onTaken: 'replace' } });
    await old.event('taken');
    expect(await client.sink.closed()).toMatchObject({ reason: 'remote' });
    await old.exited;
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
    expect(next.events.filter(({ event }) => event === 'connection')).toHaveLength(1);
    const { message } = await serveInVain({ acceptor: { directory, onTaken: 'fail' } });
    expect(message).toContain(`pid ${next.pid}`);
    expect(filesOf(directory)).toEqual(['.guard', 'main.lock', 'main.sock']);
  });

  test('is logged by the old server, and told to diagnostics_channel', async () => {
    const directory = temporaryFolder();
    const lines: unknown[] = [];
    const logger = { warn: (...line: unknown[]) => void lines.push(line), error: () => {} };
    const events: unknown[] = [];
    const onReplaced = (event: unknown) => void events.push(event);
    subscribe('doorcall:server:replaced', onReplaced);
    onTestFinished(() => void unsubscribe('doorcall:server:replaced', onReplaced));
    const old = new ServerCore(echo, handlers, { logger });
    await old.listen(createShmAcceptor({ directory, logger }));
    expect(inspect(old)).toMatch(
      /^DoorcallServer \{\s+service: 'echo',\s+address: '.*main\.sock',\s+state: 'serving',/,
    );
    const next = new ServerCore(echo, handlers, { logger });
    await next.listen(createShmAcceptor({ directory, logger, onTaken: 'replace' }));
    onTestFinished(() => next.close());
    // It has begun to drain, so this waits for its end.
    await until(() => events.length === 1 && inspect(old).includes("state: 'draining'"));
    await old.close();
    const address = `${directory}/echo/main.sock`;
    expect(events).toEqual([{ service: 'echo', address }]);
    expect(lines).toEqual([
      [{ service: 'echo', address }, expect.stringMatching(/^another server has taken the name over/)],
    ]);
    expect(existsSync(address)).toBe(true);
  });

  test('the connections of the old server live on as long as it wants', async () => {
    const directory = temporaryFolder();
    const old = await serve({ acceptor: { directory }, leaveWhenTaken: false });
    const client = await connect({ directory });
    await serve({ acceptor: { directory, onTaken: 'replace' } });
    await old.event('taken');
    expect(textOf(await client.call('hello'))).toBe('hello');
    expect(await old.tell('resources')).toMatchObject({ listeners: 0 });
    await old.tell('close');
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test('nobody is turned away: the name is served at every moment', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    let going = true;
    const outcomes: string[] = [];
    const caller = (async () => {
      while (going) {
        const outcome = await dialOnce({ directory });
        if ('connection' in outcome) {
          outcomes.push('connected');
          outcome.connection.close();
        } else {
          outcomes.push(outcome.refusal.message);
        }
      }
    })();
    for (let round = 0; round < 3; round++) await serve({ acceptor: { directory, onTaken: 'replace' } });
    going = false;
    await caller;
    expect(new Set(outcomes)).toEqual(new Set(['connected']));
  });

  test('of a dead server is as good as any other way', async () => {
    const directory = temporaryFolder();
    await (await serve({ acceptor: { directory } })).killed();
    await serve({ acceptor: { directory, onTaken: 'replace' } });
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test('takes over from an owner whose successor was killed, as soon as that has happened', async () => {
    const directory = temporaryFolder();
    // Nobody waits for so long: the owner has to notice.
    const old = await serve({ acceptor: { directory, timing: { handoverMs: 10 * 60_000 } } });
    const { child, exited } = await successorOf(directory);
    const next = launch({ acceptor: { directory, onTaken: 'replace', timing: SLOW } });
    await until(() => waitsForLock(next.pid));
    expect(next.events).toEqual([]);
    child.kill('SIGKILL');
    await exited;
    await next.event('listening');
    await old.event('taken');
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
    expect(filesOf(directory)).toEqual(['.guard', 'main.lock', 'main.sock']);
  });

  test('waits for an owner that waits for a successor which comes to nothing', async () => {
    const directory = temporaryFolder();
    const timing = { waitMs: 1, handoverMs: 1_000 };
    const old = await serve({ acceptor: { directory, timing } });
    await successorOf(directory);
    await serve({ acceptor: { directory, onTaken: 'replace', timing: { ...timing, handoverMs: 60_000 } } });
    await old.event('taken');
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test('in a row: the lock moves on with each', async () => {
    const directory = temporaryFolder();
    const first = await serve({ acceptor: { directory } });
    const second = await serve({ acceptor: { directory, onTaken: 'replace' } });
    await first.exited;
    const third = await serve({ acceptor: { directory, onTaken: 'replace' } });
    await second.exited;
    await third.tell('close');
    expect(filesOf(directory)).toEqual(['.guard', 'main.lock']);
    await serve({ acceptor: { directory, onTaken: 'fail' } });
  });
});

test('a bad instance name is refused', async () => {
  for (const name of ['../evil', '', '.hidden', 'a/b', 'x'.repeat(65)]) {
    const { code } = await serveInVain({ acceptor: { directory: temporaryFolder(), name } });
    expect(code).toBe('INVALID_ARGUMENT');
  }
});
