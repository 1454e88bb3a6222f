import { expect, test } from 'vitest';
import { z } from 'zod';
import { connect, createDoor, defineService, serve, statsOf } from '../../src/index.js';
import { door } from '../../src/zod.js';
import { failureOf, turn, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

const bell = defineService('bell', { ring: { output: z.string() } });
const hall = defineService('hall', {
  keep: { input: z.object({ bell: door(bell), pad: z.string() }), output: z.string() },
});

/** A door that remembers in which order it was called and its owner was told that nobody holds it. */
function made() {
  const events: string[] = [];
  const ring = () => {
    events.push('rung');
    return 'ding';
  };
  return { bell: createDoor(bell, { ring }, { onUnreferenced: () => void events.push('gone') }), events };
}

test('the owner of a door that waits to be sent is told once, when its receiver has let it go', async () => {
  const directory = temporaryFolder();
  const server = await serve(
    hall,
    {
      async keep({ bell }) {
        using held = bell;
        return await held.ring();
      },
    },
    { directory },
  );
  const client = connect(hall, { directory, ringBytes: 65_536, maxQueuedBytes: 2_000_000 });
  await client.ready();
  const pad = 'x'.repeat(400_000);
  const doors = Array.from({ length: 8 }, made);
  const calls = doors.map(({ bell }) => client.keep({ bell, pad }));
  expect(statsOf(client).waiting).toBeGreaterThan(0);
  expect(await Promise.all(calls)).toEqual(doors.map(() => 'ding'));
  await until(() => doors.every(({ events }) => events.includes('gone')));
  await turn();
  expect(doors.map(({ events }) => events)).toEqual(doors.map(() => ['rung', 'gone']));
  await client.close();
  await server.close();
});

test('the owner of a door whose call is given up while it waits is told once', async () => {
  const client = connect(hall, { directory: temporaryFolder(), connectTimeoutMs: 60_000 });
  const { bell, events } = made();
  const leaving = new AbortController();
  const call = failureOf(client.keep({ bell, pad: '' }, { signal: leaving.signal }));
  leaving.abort();
  await call;
  await until(() => events.length > 0);
  await turn();
  expect(events).toEqual(['gone']);
  await client.close();
});
