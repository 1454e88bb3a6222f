import { closeSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { GUARD_FILE } from '../../src/transport/shm/folder.js';
import { guarded, openForLocking } from '../../src/transport/shm/guard.js';
import { native } from '../../src/transport/shm/native.js';
import { serviceFolder } from '../shm/support/folder.js';
import { temporaryFolder } from '../shm/support/places.js';
import { EVERYTHING, serve, type Visit, visitor } from './support/neighbour.js';
import { commonFolder } from './support/surroundings.js';

/** Of Debian's package `faketime`: tells the processes that load it another time of day. */
const LIBRARY = readdirSync('/usr/lib')
  .flatMap((folder) => [
    `/usr/lib/${folder}/faketime/libfaketimeMT.so.1`,
    `/usr/lib/${folder}/libfaketimeMT.so.1`,
  ])
  .find(existsSync);

/** The process reads the time from that file whenever it asks for it; CLOCK_MONOTONIC stays true. */
const clockOf = (file: string): NodeJS.ProcessEnv => ({
  LD_PRELOAD: LIBRARY,
  FAKETIME_TIMESTAMP_FILE: file,
  FAKETIME_NO_CACHE: '1',
  DONT_FAKE_MONOTONIC: '1',
});

describe.runIf(LIBRARY !== undefined)('a wall clock that jumps (needs libfaketime)', () => {
  test.each(['server', 'client'])('that of the %s: nothing notices, deadlines included', async (whose) => {
    const directory = commonFolder();
    const file = `${temporaryFolder()}/time`;
    writeFileSync(file, '+0');
    const jumping = { env: clockOf(file) };
    await serve({ directory }, whose === 'server' ? jumping : {});
    const client = visitor({ directory }, whose === 'client' ? jumping : {});
    expect(await client.next<Visit>()).toEqual(EVERYTHING);
    // Ten years forth, and back behind the beginning.
    for (const jump of ['+3650d', '-365d', '+0']) {
      writeFileSync(file, jump);
      client.write('again');
      expect(await client.next<Visit>()).toEqual(EVERYTHING);
    }
  });

  test('a server may be replaced by one from another year', async () => {
    const directory = commonFolder();
    const file = `${temporaryFolder()}/time`;
    writeFileSync(file, '-365d');
    await serve({ directory });
    await serve({ directory, onTaken: 'replace' }, { env: clockOf(file) });
    const client = visitor({ directory });
    expect(await client.next<Visit>()).toEqual(EVERYTHING);
  });
});

test('a wall clock that jumps does not end the patience with a name that is changing hands', async () => {
  const folder = serviceFolder();
  const held = openForLocking(folder, GUARD_FILE);
  expect(native().addon.tryLock(held)).toBe(true);
  let now = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
    now += 3_600_000;
    return now;
  });
  onTestFinished(() => clock.mockRestore());
  const change = guarded(folder, () => 'changed');
  // It has found the lock held when the loop turns.
  setTimeout(() => closeSync(held), 10);
  expect(await change).toBe('changed');
});
