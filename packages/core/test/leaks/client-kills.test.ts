import { expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { report } from '../overload/support/figures.js';
import { scaled } from '../overload/support/scale.js';
import { launch } from '../process/support/actor.js';
import { becomes, steady } from '../process/support/resources.js';
import { temporaryFolder } from '../shm/support/places.js';
import { exactly, leaks, settle } from './support/watched.js';

/** Connections of each process that is killed. */
const CLIENTS = scaled(5, 20);
/** Processes killed in each of 12 windows. The long form: 10,000 connections and more. */
const KILLS = scaled(2, 42);
const AT_ONCE = 2;
/** Bytes for each connection: so few cycles as the short form's say little of small growth. */
const MOST = { heap: 1_024, malloc: 512, rss: scaled(3_277, 1_024) };

test('clients killed with streams, blobs, descriptors and doors under way leave nothing at the server', async () => {
  const directory = temporaryFolder();
  const server = launch(
    '../../leaks/fixtures/server.mjs',
    { directory, logger: false },
    { nodeOptions: ['--expose-gc'] },
  );
  await server.event('listening');
  let killed = 0;
  const kill = async () => {
    const client = launch('../../leaks/fixtures/short-lived.mjs', { directory, clients: CLIENTS });
    await client.event('under way');
    await client.killed();
    killed += CLIENTS;
  };
  const kills = async (processes: number) => {
    for (let done = 0; done < processes; done += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, kill));
    await settle(async () => (await server.tell<ServerStats>('stats')).connections === 0);
    // Memory of a dead client's stays readable as long as anything refers to it.
    await settle(async () => {
      await server.tell('collect');
      return exactly(server.pid).segments === 0;
    });
  };
  const nothing = { watch: 0, feed: 0, blob: 0, fd: 0, door: 0, clientDoor: 0 };
  // Blobs are mapped until they are released; released they are by handlers that hear of the death.
  await kills(scaled(4, 20));
  expect(await server.tell('held')).toEqual(nothing);
  const before = await steady(() => exactly(server.pid));
  expect(before.sharedKib).toBe(0);
  const cycles = { perWindow: KILLS * CLIENTS, run: (clients: number) => kills(clients / CLIENTS) };
  const grown = await leaks('client kills', { server }, cycles, MOST);
  expect(await server.tell('held')).toEqual(nothing);
  await becomes(() => exactly(server.pid), before);
  expect(grown).toEqual([]);
  report('client kills', { connections: killed, processes: killed / CLIENTS, held: before });
}, 1_800_000);
