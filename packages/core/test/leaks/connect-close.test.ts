import { expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { Crowd } from '../overload/support/crowd.js';
import { report } from '../overload/support/figures.js';
import { flood } from '../overload/support/half-handshakes.js';
import { scaled } from '../overload/support/scale.js';
import { becomes, steady } from '../process/support/resources.js';
import { exactly, leaks, settle } from './support/watched.js';

/** In each of 12 windows of the first series. The long form: 100,000 and more in all. */
const CYCLES = scaled(150, 8_400);
/** The long form has enough in its first series. */
const TIMES_NEXT = scaled(2, 1);
const WARM_UP = scaled(1_000, 5_000);
const HANDSHAKES = 1_000;
const WATCHDOG_MS = 1_800_000;

test(
  'connecting and closing leaves nothing, on either side',
  async () => {
    const crowd = new Crowd();
    const server = await crowd.serve({ logger: false });
    const client = crowd.unready();
    const visits = async (count: number) => expect(await client.tell('visits', { count })).toBe(count);
    const settled = async () => {
      await settle(async () => (await server.tell<ServerStats>('stats')).connections === 0);
      await settle(() => exactly(server.pid).segments === 0 && exactly(client.pid).segments === 0);
    };
    const held = () => [server, client].map(({ pid }) => exactly(pid));
    await visits(WARM_UP);
    await settled();
    const before = await steady(held);
    expect(before.map(({ sharedKib }) => sharedKib)).toEqual([0, 0]);
    const cycles = { perWindow: CYCLES, timesNext: TIMES_NEXT, run: visits };
    const grown = await leaks('connect and close', { server, client }, cycles);
    await settled();
    await becomes(held, before);
    expect(grown).toEqual([]);
    report('connect and close', { cycles: (await server.tell<ServerStats>('stats')).calls, held: before });
  },
  WATCHDOG_MS,
);

test(
  'handshakes that fail leave nothing',
  async () => {
    const crowd = new Crowd();
    const server = await crowd.serve({ logger: false });
    const client = crowd.unready();
    await client.tell('visits', { count: 50 });
    const conducts = ['silent', 'garbage', 'cut', 'stranger', 'hello'] as const;
    const fail = async (times: number) => {
      for (const conduct of conducts)
        await flood(`${crowd.directory}/load`, conduct, 5, times / conducts.length).exited;
    };
    const settled = async () => {
      // What came last has been looked at when a visitor behind it is served.
      await client.tell('visits', { count: 1 });
      await settle(async () => (await server.tell<ServerStats>('stats')).connections === 0);
      await settle(() => exactly(server.pid).segments === 0);
    };
    const held = () => exactly(server.pid);
    await fail(100);
    await settled();
    const before = await steady(held);
    await fail(HANDSHAKES);
    await settled();
    await becomes(held, before);
    report('failed handshakes', { handshakes: HANDSHAKES, kinds: conducts.length, held: before });
  },
  WATCHDOG_MS,
);
