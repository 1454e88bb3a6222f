import { getEventListeners, setMaxListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type ServiceClient, statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import type { Server } from '../../src/server/server.js';
import { MemoryTransport } from '../../src/transport/memory/index.js';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { type TransportBed, World } from '../behaviour/bed.js';
import { turn, until } from '../behaviour/waiting.js';
import { temporaryFolder } from '../shm/support/places.js';

const numbers = defineService('numbers', {
  count: { input: z.number(), output: stream(z.number()) },
  chunks: { output: stream(z.instanceof(Uint8Array)) },
  sum: { input: stream(z.number()), output: z.number() },
  first: { input: stream(z.number()), output: z.number() },
});

const handlers = {
  *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  *chunks() {
    for (;;) yield new Uint8Array(2_000);
  },
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
  async first(items: AsyncIterable<number>) {
    for await (const item of items) return item;
    return -1;
  },
};

const SMALL = { ringBytes: 4_096 };
const WINDOW = { streamWindowItems: 32, streamWindowBytes: 4_096 };

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of live objects, once nothing more is freed. */
async function heap(): Promise<number> {
  for (let i = 0; i < 4; i += 1) {
    collect();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

const BEDS: readonly (readonly [string, () => TransportBed])[] = [
  [
    'in memory',
    () => {
      const transport = new MemoryTransport();
      return {
        acceptor: (options) => transport.acceptor(options),
        dialer: (options) => transport.dialer(options),
        dispose: async () => {},
      };
    },
  ],
  [
    'over shared memory',
    () => {
      const directory = temporaryFolder();
      return {
        acceptor: (options) => createShmAcceptor({ directory, ...options }),
        dialer: (options) => createShmDialer({ directory, ...options }),
        dispose: async () => {},
      };
    },
  ],
];

describe.each(BEDS)('%s', (_, bed) => {
  async function start(): Promise<[ServiceClient<typeof numbers>, Server]> {
    const world = new World(bed());
    onTestFinished(() => world.dispose());
    const server = await world.serve(numbers, handlers, { limits: WINDOW }, SMALL);
    const client = world.connect(numbers, WINDOW, SMALL);
    await client.ready();
    return [client, server];
  }

  test('a million items through a small window leave the heap where it was', async () => {
    const [client] = await start();
    const read = async (to: number) => {
      let count = 0;
      for await (const _item of client.count(to)) count += 1;
      return count;
    };
    await read(10_000);
    const before = await heap();
    let most = 0;
    const reader = client.count(1_000_000);
    for (let count = 0; ; count += 1) {
      if ((await reader.next()).done) break;
      if (count % 250_000 === 0) most = Math.max(most, await heap());
    }
    // Kept values would be a million times 8 bytes, at the very least.
    expect(most - before).toBeLessThan(4_000_000);
    expect((await heap()) - before).toBeLessThan(2_000_000);
  });

  test('ten thousand streams that were opened and left leave nothing', async () => {
    const [client, server] = await start();
    const lasting = new AbortController();
    setMaxListeners(0, lasting.signal);
    const { signal } = lasting;
    const noneInFlight = () => until(() => statsOf(client).inFlight === 0 && server.stats().inFlight === 0);
    let closed = 0;
    function* endless() {
      try {
        for (let i = 0; ; i += 1) yield i;
      } finally {
        closed += 1;
      }
    }
    async function round(): Promise<void> {
      const unread = client.count(1_000_000, { signal });
      const half = client.count(1_000_000, { signal });
      await half.next();
      // These two are in each other's way: the ring has room for one chunk at a time.
      const full = [client.chunks(undefined, { signal }), client.chunks(undefined, { signal })];
      const own = new AbortController();
      const cancelled = client.sum(endless(), { signal: own.signal }).catch(() => {});
      const left = [unread, half, ...full].map((reader) => reader.return());
      expect(await client.first(endless(), { signal })).toBe(0);
      own.abort();
      await Promise.all([cancelled, ...left]);
      await client.sum([1, 2, 3], { signal });
    }
    const rounds = async (count: number) => {
      for (let done = 0; done < count; done += 1) {
        await round();
        if (done % 10 === 0) await noneInFlight();
      }
      await noneInFlight();
    };
    await rounds(150);
    const before = await heap();
    await rounds(1_500);
    // A record of a stream that was kept is hundreds of bytes: with its parts a few thousand.
    expect((await heap()) - before).toBeLessThan(2_000_000);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(closed).toBe(2 * 1_650);
    expect(statsOf(client)).toMatchObject({ connections: 1, inFlight: 0, waiting: 0 });
    expect(server.stats()).toMatchObject({ connections: 1, inFlight: 0, waitingConnections: 0 });
  });
});
