import { describe, expect, test } from 'vitest';
import { EVERYTHING, serve, visit } from './support/neighbour.js';
import { commonFolder, possible, unshared } from './support/surroundings.js';

/** Farther than any deadline, so that clocks which are not reconciled cannot pass unnoticed. */
const HOURS_AHEAD = ['time', 'monotonic 100000', 'boottime 100000'];

const KINDS: readonly (readonly [string, readonly string[]])[] = [
  ['pid', ['pid', 'mount-proc']],
  ['ipc', ['ipc']],
  ['mount', ['mount']],
  ['network', ['net']],
  ['user', ['user', 'map-root-user']],
  ['time', HOURS_AHEAD],
];

/** `unshare` takes the values of its options as further words. */
const inside = (kinds: readonly string[], script = '') =>
  unshared(kinds, script).flatMap((word) => word.split(/ (?=\d+$)/));

for (const [name, kinds] of KINDS) {
  describe.runIf(possible(inside(kinds)))(`across ${name} namespaces`, () => {
    test('everything works when the server has one of its own', async () => {
      const directory = commonFolder();
      await serve({ directory }, { inside: inside(kinds) });
      expect(await visit({ directory })).toEqual(EVERYTHING);
    });

    test('everything works when the client has one of its own', async () => {
      const directory = commonFolder();
      await serve({ directory });
      expect(await visit({ directory }, { inside: inside(kinds) })).toEqual(EVERYTHING);
    });
  });
}

describe.runIf(possible(unshared(['user'])))('a client in a user namespace without users', () => {
  test('trusts no server, not even its own', async () => {
    const directory = commonFolder();
    await serve({ directory, allowAll: true });
    expect(await visit({ directory }, { inside: unshared(['user']) })).toMatchObject({
      event: 'refused',
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('stands for every user that has none in this user namespace'),
    });
  });
});
