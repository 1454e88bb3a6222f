import { describe, expect, test } from 'vitest';
import { attemptToServe, EVERYTHING, serve, visit } from './support/neighbour.js';
import { commonFolder, possible, unshared } from './support/surroundings.js';

/** A file system, or a part of it, that cannot be written there. */
const readOnly = (place: string) => `mount -o remount,bind,ro ${place}`;
const mounted = (place: string) => `mount --bind ${place} ${place}`;
const NO_PROC = unshared(['mount'], 'umount -l /proc');

describe.runIf(possible(unshared(['mount'], readOnly('/'))))('a read-only root', () => {
  const writableOnly = (directory: string) => unshared(['mount'], `${mounted(directory)}\n${readOnly('/')}`);
  const cannotWrite = (directory: string) =>
    unshared(['mount'], `${mounted(directory)}\n${readOnly(directory)}\n${readOnly('/')}`);

  test('with one writable directory is enough for servers and clients', async () => {
    const directory = commonFolder();
    const inside = writableOnly(directory);
    await serve({ directory }, { inside });
    expect(await visit({ directory }, { inside })).toEqual(EVERYTHING);
  });

  test('without one: a server says what cannot be made, and why', async () => {
    const directory = commonFolder();
    const { said } = await attemptToServe(
      { directory: `${directory}/services` },
      { inside: cannotWrite(directory) },
    );
    expect(said).toMatchObject({
      event: 'failed',
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining(`${directory}/services: cannot be made (EROFS)`),
    });
  });

  test('is enough for clients: connecting writes nothing', async () => {
    const directory = commonFolder();
    await serve({ directory });
    expect(await visit({ directory }, { inside: cannotWrite(directory) })).toEqual(EVERYTHING);
  });
});

describe.runIf(possible(NO_PROC))('without /proc', () => {
  test('a server says that it needs it', async () => {
    const { said } = await attemptToServe({ directory: commonFolder() }, { inside: NO_PROC });
    expect(said).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('doorcall needs /proc, which is not mounted'),
    });
  });

  test('a client says that it needs it', async () => {
    const directory = commonFolder();
    await serve({ directory });
    expect(await visit({ directory, connectTimeoutMs: 1_500 }, { inside: NO_PROC })).toMatchObject({
      event: 'refused',
      code: 'UNAVAILABLE',
      message: expect.stringContaining('doorcall needs /proc, which is not mounted'),
    });
  });
});
