import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import {
  connect,
  connectInMemory,
  createDoor,
  defineService,
  serve,
  statsOf,
  stream,
} from '../../src/index.js';
import { blob, door } from '../../src/zod.js';
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

const tour = defineService('tour', {
  rooms: { output: stream(z.object({ bell: door(bell), picture: blob() })) },
  takeRooms: { input: stream(z.object({ bell: door(bell), pad: z.string() })), output: z.number() },
});
const PICTURE = 40_960;

/** A stream of which the second item waits for the blob of the first to be released. */
async function waitingItem() {
  const rooms = [made(), made()];
  let pulled = 0;
  const client = connectInMemory(
    tour,
    {
      *rooms() {
        for (const { bell } of rooms) {
          pulled += 1;
          yield { bell, picture: new Uint8Array(PICTURE) };
        }
      },
      takeRooms: () => 0,
    },
    { client: { maxBlobBytes: 1.5 * PICTURE } },
  );
  onTestFinished(() => client.close());
  const reader = client.rooms();
  const { value } = await reader.next();
  await until(() => pulled === 2);
  for (let i = 0; i < 10; i += 1) await turn();
  const [, second] = rooms;
  if (value === undefined || second === undefined) throw new Error('there is a first, and a second');
  return { reader, first: value, events: second.events };
}

test('the owner of a door in an item that waits for room is told once, when its receiver has let it go', async () => {
  const { reader, first, events } = await waitingItem();
  expect(events).toEqual([]);
  first.picture.release();
  const { value } = await reader.next();
  expect(await value?.bell.ring()).toBe('ding');
  expect(events).toEqual(['rung']);
  value?.picture.release();
  value?.bell[Symbol.dispose]();
  await until(() => events.length > 1);
  await turn();
  expect(events).toEqual(['rung', 'gone']);
});

test('the owner of a door in an item that is given up while it waits is told once', async () => {
  const { reader, events } = await waitingItem();
  await reader.return();
  await until(() => events.length > 0);
  await turn();
  expect(events).toEqual(['gone']);
});

test('the owner of a door in an item that is too large is told once', async () => {
  const client = connectInMemory(
    tour,
    { rooms: () => [], takeRooms: () => 0 },
    { server: { maxMessageBytes: 10_000 } },
  );
  const { bell, events } = made();
  const failure = await failureOf(client.takeRooms([{ bell, pad: 'x'.repeat(20_000) }]));
  expect(failure.code).toBe('RESOURCE_EXHAUSTED');
  await until(() => events.length > 0);
  await turn();
  expect(events).toEqual(['gone']);
  await client.close();
});
