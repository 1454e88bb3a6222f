import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createShmDialer } from '../../src/transport/shm/index.js';
import { connect, textOf } from './support/client.js';
import { isRoot, temporaryFolder } from './support/places.js';
import { launch, serve, serveInVain } from './support/server-process.js';

const modeOf = (file: string) => lstatSync(file).mode & 0o7777;
const addressOf = (server: { events: readonly unknown[] }) =>
  (server.events[0] as { address: string }).address;

/** A user that has nothing on this machine. */
const STRANGER = 54_321;
const GROUP = 54_322;

/** Runs `body` with these variables in the test's own environment, which the dialer reads. */
async function withEnvironment<T>(env: NodeJS.ProcessEnv, body: () => Promise<T>): Promise<T> {
  const before = { DOORCALL_DIR: process.env.DOORCALL_DIR, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR };
  const set = (values: NodeJS.ProcessEnv) => {
    for (const name of Object.keys(before)) {
      if (values[name] === undefined) delete process.env[name];
      else process.env[name] = values[name];
    }
  };
  set(env);
  try {
    return await body();
  } finally {
    set(before);
  }
}

describe('a default directory', () => {
  test('that two settings name is looked at once', async () => {
    const runtime = temporaryFolder();
    const env = { XDG_RUNTIME_DIR: runtime, DOORCALL_DIR: `${runtime}/doorcall` };
    const server = await serve({ acceptor: {} }, env);
    const found = await withEnvironment(env, () => createShmDialer({}).discover('orders'));
    const keys = found.endpoints.map(({ key }) => key);
    expect(keys.filter((key) => key === addressOf(server))).toHaveLength(1);
  });

  test('is $XDG_RUNTIME_DIR/doorcall, made for this user alone, whatever the umask', async () => {
    const runtime = temporaryFolder();
    const server = await serve({ acceptor: {}, umask: 0 }, { XDG_RUNTIME_DIR: runtime });
    expect(addressOf(server)).toBe(`${runtime}/doorcall/orders/main.sock`);
    expect(modeOf(`${runtime}/doorcall`)).toBe(0o700);
    expect(modeOf(`${runtime}/doorcall/orders`)).toBe(0o700);
    expect(modeOf(`${runtime}/doorcall/orders/main.sock`)).toBe(0o600);
    expect(modeOf(`${runtime}/doorcall/orders/main.lock`)).toBe(0o600);
    await withEnvironment({ XDG_RUNTIME_DIR: runtime }, async () => {
      expect(textOf(await (await connect({})).call('hello'))).toBe('hello');
    });
  });

  test('is $DOORCALL_DIR before that, made with its parents', async () => {
    const folder = temporaryFolder();
    const env = { DOORCALL_DIR: `${folder}/a/b`, XDG_RUNTIME_DIR: folder };
    expect(addressOf(await serve({ acceptor: {} }, env))).toBe(`${folder}/a/b/orders/main.sock`);
  });

  test('a client finds servers that saw another environment', async () => {
    const folder = temporaryFolder();
    await serve({ acceptor: {} }, { XDG_RUNTIME_DIR: folder });
    await withEnvironment({ DOORCALL_DIR: `${folder}/elsewhere`, XDG_RUNTIME_DIR: folder }, async () => {
      expect(textOf(await (await connect({})).call('hello'))).toBe('hello');
    });
  });

  test('a client names every place it has tried, and what it found there', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/open`);
    chmodSync(`${folder}/open`, 0o777);
    mkdirSync(`${folder}/doorcall/nothing-here`, { recursive: true, mode: 0o700 });
    await withEnvironment({ DOORCALL_DIR: `${folder}/open`, XDG_RUNTIME_DIR: folder }, async () => {
      const { endpoints, tried } = await createShmDialer().discover('nothing-here');
      expect(endpoints).toEqual([]);
      const uid = process.geteuid?.();
      expect(tried).toHaveLength(3);
      expect(tried[0]).toBe(
        `${folder}/open: refused, because it has mode 0777, which lets others in (owner uid ${uid}); ` +
          'chmod it to 0700, or name it by the directory option',
      );
      expect(tried[1]).toBe(`${folder}/doorcall/nothing-here: no socket`);
      expect(tried[2]).toMatch(new RegExp(`^/tmp/doorcall-${uid}(/nothing-here)?: does not exist$`));
    });
  });

  test('that lets others in is refused, with owner and mode', async () => {
    const folder = temporaryFolder();
    for (const mode of [0o777, 0o750, 0o701, 0o1777]) {
      mkdirSync(`${folder}/d`);
      chmodSync(`${folder}/d`, mode);
      const { code, message } = await serveInVain({ acceptor: {} }, { DOORCALL_DIR: `${folder}/d` });
      expect(code).toBe('FAILED_PRECONDITION');
      expect(message).toContain(`${folder}/d: refused, because it has mode 0${mode.toString(8)}`);
      expect(message).toContain(`owner uid ${process.geteuid?.()}`);
      rmSync(`${folder}/d`, { recursive: true });
    }
  });

  test('that is a symbolic link is refused, even to a good one', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/real`, { mode: 0o700 });
    symlinkSync(`${folder}/real`, `${folder}/link`);
    const { message } = await serveInVain({ acceptor: {} }, { DOORCALL_DIR: `${folder}/link` });
    expect(message).toContain(`${folder}/link: refused, because it is a symbolic link`);
  });

  test.runIf(isRoot)('of somebody else is refused, with owner and mode', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/doorcall`, { mode: 0o700 });
    chownSync(`${folder}/doorcall`, STRANGER, STRANGER);
    const { code, message } = await serveInVain({ acceptor: {} }, { XDG_RUNTIME_DIR: folder });
    expect(code).toBe('FAILED_PRECONDITION');
    expect(message).toContain(
      `${folder}/doorcall: refused, because it belongs to uid ${STRANGER}, not to uid 0 (mode 0700)`,
    );
    await withEnvironment({ XDG_RUNTIME_DIR: folder }, async () => {
      const { tried } = await createShmDialer().discover('orders');
      expect(tried[0]).toContain(`refused, because it belongs to uid ${STRANGER}`);
    });
  });

  test.runIf(isRoot)(
    'is not put into the runtime directory of another user: then /tmp/doorcall-<uid> it is',
    async () => {
      const runtime = temporaryFolder();
      chmodSync(runtime, 0o777);
      onTestFinished(() => rmSync(`/tmp/doorcall-${STRANGER}`, { recursive: true, force: true }));
      const server = await serve({ acceptor: {}, uid: STRANGER, gid: GROUP }, { XDG_RUNTIME_DIR: runtime });
      expect(addressOf(server)).toBe(`/tmp/doorcall-${STRANGER}/orders/main.sock`);
      expect(statSync(`/tmp/doorcall-${STRANGER}`)).toMatchObject({ uid: STRANGER });
    },
  );

  test('falls back to /tmp when there is no runtime directory', async () => {
    const missing = path.join(temporaryFolder(), 'gone');
    const server = launch(
      { acceptor: { name: `test-${process.pid}` }, service: 'doorcall-test-fallback' },
      {
        XDG_RUNTIME_DIR: missing,
      },
    );
    const { address } = await server.event('listening');
    onTestFinished(() => rmSync(path.dirname(address), { recursive: true, force: true }));
    expect(path.dirname(path.dirname(address))).toBe(`/tmp/doorcall-${process.geteuid?.()}`);
  });
});

describe('an explicit directory', () => {
  test('may be shared: what it allows, the folder of a service allows, too', async () => {
    for (const mode of [0o750, 0o2770, 0o777, 0o1777]) {
      const directory = temporaryFolder();
      chmodSync(directory, mode);
      await serve({ acceptor: { directory }, umask: 0o077 });
      expect(modeOf(`${directory}/orders`)).toBe(mode);
      expect(modeOf(`${directory}/orders/main.sock`)).toBe(0o666);
      expect(modeOf(`${directory}/orders/main.lock`)).toBe({ 488: 0o600, 1528: 0o660 }[mode] ?? 0o666);
      expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
    }
  });

  test('may be a symbolic link, but a service in it may not', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/real`);
    mkdirSync(`${folder}/aside`);
    symlinkSync(`${folder}/real`, `${folder}/link`);
    await serve({ acceptor: { directory: `${folder}/link` } });
    await connect({ directory: `${folder}/real` });
    symlinkSync(`${folder}/aside`, `${folder}/real/billing`);
    const { message } = await serveInVain({ acceptor: { directory: `${folder}/real` }, service: 'billing' });
    expect(message).toContain(`${folder}/real/billing: refused, because it is not a folder`);
  });

  test('that cannot be made is named', async () => {
    const { code, message } = await serveInVain({ acceptor: { directory: '/proc/nowhere' } });
    expect(code).toBe('FAILED_PRECONDITION');
    expect(message).toContain('/proc/nowhere: cannot be made (ENOENT)');
  });

  test('may have a path longer than a socket address', async () => {
    const directory = path.join(temporaryFolder(), 'x'.repeat(120), 'y'.repeat(120));
    const server = await serve({ acceptor: { directory } });
    expect(addressOf(server)).toBe(`${directory}/orders/main.sock`);
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });

  test.runIf(isRoot)('of a group serves several users of it', async () => {
    const directory = temporaryFolder();
    chownSync(directory, 0, GROUP);
    chmodSync(directory, 0o2770);
    const first = await serve({ acceptor: { directory }, uid: STRANGER, gid: GROUP });
    expect(statSync(`${directory}/orders`)).toMatchObject({ uid: STRANGER, gid: GROUP });
    await first.killed();
    const second = await serve({ acceptor: { directory }, uid: STRANGER + 1, gid: GROUP });
    await serve({ acceptor: { directory, onTaken: 'join' }, uid: STRANGER + 2, gid: GROUP });
    const { message } = await serveInVain({
      acceptor: { directory, onTaken: 'fail' },
      uid: STRANGER + 2,
      gid: GROUP,
    });
    expect(message).toContain(`pid ${second.pid}`);
  });

  test.runIf(isRoot)('of a group needs no setgid bit for that', async () => {
    const directory = temporaryFolder();
    chownSync(directory, 0, GROUP);
    chmodSync(directory, 0o770);
    await (await serve({ acceptor: { directory } })).killed();
    expect(statSync(`${directory}/orders/main.lock`)).toMatchObject({ uid: 0, gid: GROUP });
    await serve({ acceptor: { directory }, uid: STRANGER, gid: GROUP });
  });

  test.runIf(isRoot)('says what is forbidden to a user that may not serve there', async () => {
    const directory = temporaryFolder();
    chmodSync(directory, 0o755);
    await serve({ acceptor: { directory } });
    const { code, message } = await serveInVain({ acceptor: { directory }, uid: STRANGER, gid: GROUP });
    expect(code).toBe('PERMISSION_DENIED');
    expect(message).toContain(`cannot serve at ${directory}/orders/`);
    expect(message).toContain('EACCES');
  });
});
