import { expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { report } from '../overload/support/figures.js';
import { scaled } from '../overload/support/scale.js';
import { launch } from '../process/support/actor.js';
import { becomes, steady } from '../process/support/resources.js';
import { temporaryFolder } from '../shm/support/places.js';
import { exactly, memorySlope, settle } from './support/watched.js';

/** Connections of each process that is killed. */
const CLIENTS = scaled(5, 20);
/** Processes killed in each of 12 windows. The long form: 10,000 connections and more. */
const KILLS = scaled(2, 42);
const AT_ONCE = 2;
/**
 * RSS that a window may grow by, at the lower end of its interval. So few cycles as the short form's say little of small
 * growth: Node 24 has shown 4 to 11 KiB for 10 connections, which it gives back later. 64 KiB that each handler of a dead
 * client keeps show in every series; 8 KiB may hide in what RSS does by itself.
 */
const MOST_KIB = scaled(32, 0);

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
  const [slope] = await memorySlope('client kills (server)', [server], KILLS * CLIENTS, () => kills(KILLS));
  expect(await server.tell('held')).toEqual(nothing);
  await becomes(() => exactly(server.pid), before);
  expect(slope!.from, JSON.stringify(slope)).toBeLessThanOrEqual(MOST_KIB);
  report('client kills', { connections: killed, processes: killed / CLIENTS, held: before });
}, 1_800_000);
