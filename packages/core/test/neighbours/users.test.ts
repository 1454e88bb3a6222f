import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isRoot, temporaryFolder } from '../shm/support/places.js';
import { attemptToServe, EVERYTHING, serve, visit } from './support/neighbour.js';
import { commonFolder, OTHER_STRANGER, STRANGER } from './support/surroundings.js';

const modeOf = (place: string) => lstatSync(place).mode & 0o7777;

describe.runIf(isRoot)('a user without privileges', () => {
  test.each([0, 0o777])('and umask %o: everything works, and others see nothing', async (umask) => {
    const runtime = temporaryFolder();
    chownSync(runtime, STRANGER, STRANGER);
    const who = { uid: STRANGER, umask, env: { DOORCALL_DIR: `${runtime}/of/mine` } };
    await serve({}, who);
    expect(await visit({}, who)).toEqual(EVERYTHING);
    const folder = `${runtime}/of/mine/everything`;
    for (const place of [`${runtime}/of/mine`, folder]) expect(modeOf(place)).toBe(0o700);
    for (const file of ['main.sock', 'main.lock', '.guard']) expect(modeOf(`${folder}/${file}`)).toBe(0o600);
  });

  test.each([0, 0o777])('and umask %o: everything works in a directory that is shared', async (umask) => {
    const directory = commonFolder();
    await serve({ directory }, { uid: STRANGER, umask });
    expect(await visit({ directory }, { uid: STRANGER, umask })).toEqual(EVERYTHING);
    // The next one may be of any user that the directory lets in.
    expect(modeOf(`${directory}/everything`)).toBe(0o777);
  });

  test('and a client of another: everything works between them when both say so', async () => {
    const directory = commonFolder();
    await serve({ directory, allowAll: true }, { uid: STRANGER });
    const other = { uid: OTHER_STRANGER };
    expect(await visit({ directory, serverUid: STRANGER }, other)).toEqual(EVERYTHING);
    expect(await visit({ directory }, other)).toMatchObject({
      event: 'refused',
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(`uid ${STRANGER}`),
    });
  });
});

describe.runIf(isRoot)('a squatted /tmp/doorcall-<uid>', () => {
  const own = `/tmp/doorcall-${STRANGER}`;
  const clear = () => rmSync(own, { recursive: true, force: true });

  /** Where nobody else has a directory of this name: these users are the tests' own. */
  function squat(how: string): void {
    clear();
    onTestFinished(clear);
    if (how === 'a directory') mkdirSync(own, { mode: 0o777 });
    if (how === 'a file') writeFileSync(own, '');
    if (how === 'a symbolic link') {
      const target = temporaryFolder();
      chownSync(target, STRANGER, STRANGER);
      symlinkSync(target, own);
    }
    if (how === 'a directory of everybody') {
      mkdirSync(own);
      chmodSync(own, 0o1777);
      chownSync(own, STRANGER, STRANGER);
      return;
    }
    if (how !== 'a symbolic link') chownSync(own, OTHER_STRANGER, OTHER_STRANGER);
  }

  test.each(['a directory', 'a file', 'a symbolic link', 'a directory of everybody'])(
    'by %s is used by neither servers nor clients, and named',
    async (how) => {
      squat(how);
      const { said } = await attemptToServe({}, { uid: STRANGER });
      expect(said).toMatchObject({
        event: 'failed',
        code: 'FAILED_PRECONDITION',
        message: expect.stringContaining(`${own}: refused, because it `),
      });
      expect(await visit({ connectTimeoutMs: 1_000 }, { uid: STRANGER })).toMatchObject({
        event: 'refused',
        message: expect.stringContaining(`${own}: refused, because it `),
      });
    },
  );
});

describe.runIf(isRoot)('a name in a shared directory that somebody else was first to take', () => {
  test('is refused to clients, which name the stranger', async () => {
    const directory = commonFolder();
    await serve({ directory, allowAll: true }, { uid: OTHER_STRANGER });
    expect(await visit({ directory }, { uid: STRANGER })).toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(`uid ${OTHER_STRANGER}`),
    });
    const { said } = await attemptToServe({ directory, onTaken: 'replace' }, { uid: STRANGER });
    expect(said).toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  test.each(['a file', 'a directory', 'a symbolic link'])('by %s where its socket belongs', async (what) => {
    const directory = temporaryFolder();
    const folder = `${directory}/everything`;
    mkdirSync(folder);
    const place = `${folder}/main.sock`;
    const elsewhere = `${temporaryFolder()}/victim`;
    writeFileSync(elsewhere, 'untouched');
    if (what === 'a file') writeFileSync(place, '');
    if (what === 'a directory') mkdirSync(place);
    if (what === 'a symbolic link') symlinkSync(elsewhere, place);
    const { said } = await attemptToServe({ directory });
    if (what === 'a directory') {
      expect(said).toMatchObject({ event: 'failed', message: expect.stringContaining(place) });
    } else {
      expect(said.event).toBe('listening');
      expect(await visit({ directory })).toEqual(EVERYTHING);
    }
    expect(existsSync(elsewhere)).toBe(true);
    expect(lstatSync(elsewhere).size).toBe(9);
  });
});
