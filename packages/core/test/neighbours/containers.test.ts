import { chmodSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { attemptToServe, EVERYTHING, serve, visit } from './support/neighbour.js';
import { commonFolder, possible, unshared } from './support/surroundings.js';

const OWN_USERS = fileURLToPath(new URL('./fixtures/own_users.py', import.meta.url));
const CONTAINERS = ['mount', 'pid', 'ipc', 'uts', 'net'];

/**
 * As a container has it: its own namespaces, and the shared directory mounted at a place of its own; where it lies on the
 * host, there is nothing to be seen.
 */
const container = (shared: string, at: string) =>
  unshared(
    [...CONTAINERS, 'mount-proc'],
    [`mount --bind ${shared} ${at}`, `mount -t tmpfs tmpfs ${shared}`].join('\n'),
  );

describe.runIf(possible(unshared(CONTAINERS)))('two containers with a common volume', () => {
  function volume() {
    const folder = commonFolder();
    const [shared, first, second] = ['shared', 'first', 'second'].map((name) => `${folder}/${name}`) as [
      string,
      string,
      string,
    ];
    for (const place of [shared, first, second]) mkdirSync(place);
    chmodSync(shared, 0o777);
    return { shared, first, second };
  }

  test('each of which has it elsewhere: everything works', async () => {
    const { shared, first, second } = volume();
    await serve({ directory: first }, { inside: container(shared, first) });
    expect(await visit({ directory: second }, { inside: container(shared, second) })).toEqual(EVERYTHING);
  });

  test('a name that is taken is taken in both, and handed over between them', async () => {
    const { shared, first, second } = volume();
    const old = await serve({ directory: first }, { inside: container(shared, first) });
    const there = { inside: container(shared, second) };
    const { said } = await attemptToServe({ directory: second, onTaken: 'fail' }, there);
    expect(said).toMatchObject({
      code: 'ALREADY_EXISTS',
      message: expect.stringContaining('of another pid namespace'),
    });
    await serve({ directory: second, onTaken: 'replace' }, there);
    expect(await visit({ directory: first }, { inside: container(shared, first) })).toEqual(EVERYTHING);
    old.kill();
  });

  /** Root there is this user of the host. */
  const rootless = (uid: number) => ['python3', OWN_USERS, `${uid}`];
  const [FIRST, SECOND] = [200_000, 300_000];

  describe.runIf(possible(rootless(FIRST)))('whose users are different ones of the host', () => {
    test('refuse each other, since neither can tell who the other is', async () => {
      const { shared } = volume();
      const here = { inside: rootless(FIRST) };
      await serve({ directory: shared }, here);
      expect(await visit({ directory: shared }, here)).toEqual(EVERYTHING);
      const there = { inside: rootless(SECOND) };
      expect(await visit({ directory: shared }, there)).toMatchObject({
        event: 'refused',
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('uid 65534'),
      });
      const trusting = { directory: shared, serverUid: 'any' } as const;
      expect(await visit(trusting, there)).toMatchObject({
        event: 'refused',
        code: 'PERMISSION_DENIED',
        message: expect.stringContaining('this server cannot tell who calls'),
      });
    });

    test('work together when both are told to', async () => {
      const { shared } = volume();
      await serve({ directory: shared, allowAll: true }, { inside: rootless(FIRST) });
      const there = { inside: rootless(SECOND) };
      expect(await visit({ directory: shared, serverUid: 'any' }, there)).toEqual(EVERYTHING);
    });
  });
});
