import { openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { connect, createDoor, defineService, type OwnedFd, ownFd, serve } from '../../src/index.js';
import { blob, door, fd } from '../../src/zod.js';
import { gate, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

const bell = defineService('bell', { ring: { output: z.string() } });
const things = defineService('things', {
  take: { input: z.object({ file: fd(), bell: door(bell), bytes: blob(), pad: z.string() }) },
  /** Answers when it may. */
  hold: { input: z.object({ file: fd(), pad: z.string() }) },
});

const isOpen = (owned: OwnedFd) => {
  try {
    return owned.fd >= 0;
  } catch {
    return false;
  }
};

async function place() {
  const directory = temporaryFolder();
  const held = gate();
  let taken = 0;
  const server = await serve(
    things,
    {
      take({ file, bell, bytes }) {
        taken += 1;
        file.close();
        bell[Symbol.dispose]();
        bytes.release();
      },
      async hold({ file }) {
        file.close();
        await held.opened;
      },
    },
    { directory, acceptFds: true },
  );
  const client = connect(things, { directory });
  await client.ready();
  const end = async () => {
    held.open();
    await client.close();
    await server.close();
  };
  return { client, end, held, taken: () => taken };
}

/** More than a ring holds, in a few of them: the rest is in the queue until the loop turns. */
const pad = 'x'.repeat(80_000);

test('what goes beside a call that is taken back from the queue is its caller’s again', async () => {
  const { client, end, taken } = await place();
  const mine = createDoor(bell, { ring: () => 'ding' });
  const leaving = new AbortController();
  const files = Array.from({ length: 9 }, () => ownFd(openSync('/dev/null', 'r')));
  const calls = files.map((file) =>
    client.take({ file, bell: mine, bytes: new Uint8Array(4096), pad }, { signal: leaving.signal }).then(
      () => expect.fail('it was given up'),
      (error: { maybeExecuted: boolean }) => error.maybeExecuted,
    ),
  );
  leaving.abort();
  const maybe = await Promise.all(calls);
  const sent = maybe.filter(Boolean).length;
  expect(sent).toBeLessThan(9);
  expect(files.map(isOpen)).toEqual(maybe.map((each) => !each));
  await until(() => taken() === sent && (mine as unknown as { references: number }).references === 0);
  for (const file of files) file.close();
  await end();
});

test('an owned descriptor is closed as soon as its call has left the queue, before the answer', async () => {
  const { client, end, held } = await place();
  const files = Array.from({ length: 9 }, () => ownFd(openSync('/dev/null', 'r')));
  const calls = files.map((file) => client.hold({ file, pad }));
  expect(files.some(isOpen)).toBe(true);
  await until(() => !files.some(isOpen));
  held.open();
  await Promise.all(calls);
  await end();
});
