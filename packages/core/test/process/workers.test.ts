import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { scaled } from '../overload/support/scale.js';
import { until } from '../shm/support/places.js';
import { type Actor, launch } from './support/actor.js';
import { becomes, counted, holdsAgain, resourcesOf, steady } from './support/resources.js';
import { World } from './support/world.js';

const host = ({ directory, runLog }: World): Actor => launch('worker-host.mjs', { directory, runLog });

const filesOf = ({ directory }: World) => readdirSync(`${directory}/work`).sort();

/** Of each kind of moment. The long form of `npm run test:leaks` takes 1,000. */
const TIMES = scaled(18, 1_000);
const WATCHDOG_MS = scaled(60_000, 1_800_000);

describe('a worker thread that is terminated', () => {
  test.each(['calling', 'blocking', 'connecting'])(
    'many times while %s: nothing is left, nobody is disturbed',
    async (what) => {
      const world = new World();
      const server = await world.serve();
      const parent = host(world);
      await parent.tell('terminate', { what, times: 3 });
      const settled = async () => {
        // One connection is the main thread's.
        while ((await server.tell<ServerStats>('stats')).connections > 1);
        await until(() => resourcesOf(parent.pid).segments === 2 && resourcesOf(server.pid).segments === 2);
      };
      const held = () => [parent, server].map(({ pid }) => counted(resourcesOf(pid)));
      await settled();
      const before = await steady(held);
      await parent.tell('terminate', { what, times: TIMES });
      await settled();
      await becomes(held, before);
      expect(await server.tell('stats')).toMatchObject({ connections: 1, inFlight: 0 });
    },
    WATCHDOG_MS,
  );

  test('while it serves: its callers hear of it at once, its name is free', async () => {
    const world = new World();
    const parent = host(world);
    await parent.tell('serveAndTerminate', { times: 1 });
    const before = await steady(() => counted(resourcesOf(parent.pid)));
    const codes = await parent.tell<string[]>('serveAndTerminate', { times: 10 });
    expect(codes).toEqual(Array.from({ length: 10 }, () => 'UNAVAILABLE true'));
    await holdsAgain(parent.pid, before);
    const next = await world.serve({ onTaken: 'fail' });
    expect(await (await world.connect()).run('x')).toBe(next.pid);
  });

  // The lock came from the old server: Node, which closes what a thread has opened, knows nothing of it.
  test('that has taken a name over leaves nothing behind: the name is free', async () => {
    const world = new World();
    const parent = host(world);
    await parent.tell('serveAndTerminate', { times: 1 });
    const before = await steady(() => counted(resourcesOf(parent.pid)));
    for (let round = 0; round < 2; round += 1) {
      const server = world.launchServer({ onTaken: 'join' });
      const { address } = await server.event('listening');
      expect(String(address)).toMatch(/\/main\.sock$/);
      expect(await parent.tell('replaceAndTerminate')).toBe(address);
      await server.exited;
    }
    await holdsAgain(parent.pid, before);
  });
});

test('threads with a server and clients each do not disturb one another', async () => {
  const world = new World();
  const parent = host(world);
  const { addresses, wrong, codes } = await parent.tell<{
    addresses: string[];
    wrong: unknown[];
    codes: number[];
  }>('pairs', { threads: 4, rounds: 300 });
  expect(addresses.map((address) => address.split('/').at(-1)).sort()).toEqual([
    'main-2.sock',
    'main-3.sock',
    'main-4.sock',
    'main.sock',
  ]);
  expect(wrong).toEqual([]);
  expect(codes).toEqual([0, 0, 0, 0]);
  await until(() => resourcesOf(parent.pid).segments === 0);
  expect(filesOf(world).filter((name) => name.endsWith('.sock'))).toEqual([]);
});
