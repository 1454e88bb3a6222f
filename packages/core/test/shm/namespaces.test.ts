import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Kind } from '../../src/transport/transport.js';
import { connect, dialOnce, textOf } from './support/client.js';
import { isRoot, temporaryFolder } from './support/places.js';
import { serve, serveInVain } from './support/server-process.js';

/** Whether such namespaces can be made here: some sandboxes forbid it, and then these tests are skipped. */
const possible = (command: readonly string[]) =>
  spawnSync(command[0] as string, [...command.slice(1), 'true']).status === 0;

// As root only: a user namespace made by anybody else would need its own mapping to write the directory.
const UNMAPPED = ['unshare', '--user', '--kill-child'];
const OWN_PIDS = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const OVERFLOW_UID = 65_534;
const ALONE = fileURLToPath(new URL('./fixtures/alone.mjs', import.meta.url));

function commonFolder(): string {
  const directory = temporaryFolder();
  chmodSync(directory, 0o777);
  return directory;
}

describe.runIf(isRoot && possible(UNMAPPED))('a user namespace without users', () => {
  test('its server admits nobody: everybody looks like itself there', async () => {
    const directory = commonFolder();
    const server = await serve({ acceptor: { directory } }, {}, UNMAPPED);
    // Seen from there both ends have the overflow uid, which proves nothing.
    expect(await dialOnce({ directory, serverUid: 'any' })).toEqual({
      refusal: {
        code: 'PERMISSION_DENIED',
        message: `this server cannot tell who calls: uid ${OVERFLOW_UID} stands for every user that has none here`,
      },
      retryable: false,
    });
    expect((await server.event('problem')).peer?.uid).toBe(OVERFLOW_UID);
  });

  test('nor does a client there take any server for its own', async () => {
    const directory = commonFolder();
    const server = await serve({ acceptor: { directory, sameUidOnly: false } });
    const { stdout } = spawnSync(
      UNMAPPED[0] as string,
      [...UNMAPPED.slice(1), process.execPath, ALONE, 'refusal', directory],
      { encoding: 'utf8' },
    );
    expect(stdout).toContain(
      `uid ${OVERFLOW_UID} stands for every user that has none in this user namespace`,
    );
    expect(server.events.map(({ event }) => event)).toEqual(['listening']);
  });

  test('its server trusts no default directory', async () => {
    const folder = commonFolder();
    chmodSync(folder, 0o700);
    const { message } = await serveInVain({ acceptor: {} }, { DOORCALL_DIR: folder }, UNMAPPED);
    expect(message).toContain(`${folder}: `);
    expect(message).toContain('FAILED_PRECONDITION');
  });

  test('its server works where its policy says so', async () => {
    const directory = commonFolder();
    await serve({ acceptor: { directory, sameUidOnly: false } }, {}, UNMAPPED);
    const client = await connect({ directory });
    expect(textOf(await client.call('hello'))).toBe('hello');
    const large = new Uint8Array(1_000_000).fill(5);
    expect(Buffer.compare((await client.call(large)).bytes, large)).toBe(0);
  });
});

describe.runIf(isRoot && possible(OWN_PIDS))('a server in a pid namespace of its own', () => {
  test('works, and its death is noticed', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } }, {}, OWN_PIDS);
    const { connection, sink, call } = await connect({ directory });
    expect(textOf(await call('hello'))).toBe('hello');
    expect(await server.event('connection')).toMatchObject({ peer: { pid: 0 } });
    connection.send(Kind.request, 0, 0, 1, 0, new Uint8Array(1), 0, 1);
    server.kill();
    expect(await sink.closed()).toMatchObject({ reason: 'died', frozen: true });
  });

  test('is not named by a pid that means nothing here, and hands its name over all the same', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } }, {}, OWN_PIDS);
    const { message } = await serveInVain({ acceptor: { directory, onTaken: 'fail' } });
    expect(message).toContain('pid 1 of another pid namespace');
    await serve({ acceptor: { directory, onTaken: 'replace' } });
    await server.event('taken');
    expect(textOf(await (await connect({ directory })).call('hello'))).toBe('hello');
  });
});
