import { describe, expect, test } from 'vitest';
import type { ClientStats, ServerStats } from '../../src/index.js';
import { scaled } from '../overload/support/scale.js';
import { until } from '../shm/support/places.js';
import { launch } from './support/actor.js';
import { counted, type Resources, resourcesOf } from './support/resources.js';
import { numbered, type Outcome, World } from './support/world.js';

/** Kills in each direction. The long form of `npm run test:leaks` takes 1,000. */
const CYCLES = Number(process.env.DOORCALL_CYCLES ?? scaled(50, 1_000));
/** Before the first count, so that what is made once is there. */
const WARM_UP = 10;
/** Processes that come and go at a time. */
const AT_ONCE = 5;
const WATCHDOG_MS = 60_000 + CYCLES * 2_000;

/** One lost connection would be 256 KiB of rings alone; an allocator needs some room of its own. */
const MAY_GROW_KIB = 16 * 1024;

function compare(what: string, before: Resources, after: Resources): void {
  const list = ({ descriptors, segments, threads, rssKib }: Resources) =>
    `${descriptors} descriptors, ${segments} segments, ${threads} threads, ${rssKib} KiB`;
  console.log(`${what}, ${CYCLES} kills: ${list(before)} -> ${list(after)}`);
  expect(counted(after)).toEqual(counted(before));
  expect(after.rssKib - before.rssKib).toBeLessThan(MAY_GROW_KIB);
}

const GC = { nodeOptions: ['--expose-gc'] };

describe('the survivor holds as much after many deaths as after a few', () => {
  test(
    'a server whose clients are killed in mid-call',
    async () => {
      const world = new World();
      const server = await world.serve({}, GC);
      const control = await world.connect();
      let count = 0;
      const kill = async () => {
        const id = `${count++}`;
        const client = launch('short-lived.mjs', { directory: world.directory, id });
        await control.held(id);
        await client.killed();
        await control.aborted(id);
        await control.release(id);
      };
      const kills = async (total: number) => {
        for (let done = 0; done < total; done += AT_ONCE)
          await Promise.all(Array.from({ length: AT_ONCE }, kill));
        await until(() => resourcesOf(server.pid).segments === 2);
        await server.tell('collect');
        return resourcesOf(server.pid);
      };
      const before = await kills(WARM_UP);
      compare('server', before, await kills(CYCLES));
    },
    WATCHDOG_MS,
  );

  test(
    'a client whose servers are killed in mid-call, and that connects again each time',
    async () => {
      const world = new World();
      const client = launch('client.mjs', { directory: world.directory, connectTimeoutMs: 60_000 }, GC);
      const cycle = async () => {
        const servers = await Promise.all(
          Array.from({ length: AT_ONCE }, () => world.serve({ onTaken: 'join' })),
        );
        await client.tell('ready');
        while ((await client.tell<ClientStats>('stats')).connections < AT_ONCE);
        const inputs = numbered(4 * AT_ONCE);
        const calls = client.tell<Outcome[]>('calls', { method: 'hold', inputs });
        for (const server of servers) while ((await server.tell<ServerStats>('stats')).inFlight < 4);
        await Promise.all(servers.map((server) => server.killed()));
        for (const outcome of await calls)
          expect(outcome).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      };
      const cycles = async (total: number) => {
        for (let done = 0; done < total; done += AT_ONCE) await cycle();
        await until(() => resourcesOf(client.pid).segments === 0);
        await client.tell('collect');
        return resourcesOf(client.pid);
      };
      const before = await cycles(WARM_UP);
      compare('client', before, await cycles(CYCLES));
    },
    WATCHDOG_MS,
  );
});
