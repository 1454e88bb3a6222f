import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/client/stub.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { feed, MORE, WINDOW } from './feed-service.js';
import { RawServer } from './raw-server.js';
import { until } from './waiting.js';

interface ServerOffence {
  readonly what: string;
  /** Calls of the client that are open: of `watch` the first, of `put` the second, of `say` the third. */
  commit(raw: RawServer, watch: number, put: number, say: number): void | Promise<void>;
  readonly logged: RegExp;
}

const item = (raw: RawServer, callId: number, length = 1) =>
  raw.sendValue(Kind.output, 'watch', callId, new Uint8Array(length));

const BY_SERVERS: readonly ServerOffence[] = [
  {
    what: 'sends more bytes than it has credit for',
    commit(raw, watch) {
      item(raw, watch);
      for (let i = 0; i < 3; i += 1) raw.sendBytes(Kind.output, watch, new Uint8Array(800), MORE);
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'sends more items than it has credit for',
    commit(raw, watch) {
      for (let i = 0; i < 5; i += 1) item(raw, watch);
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'sends a piece of nothing',
    commit: (raw, watch) => raw.send(Kind.output, watch, MORE),
    logged: /an empty piece of an item/,
  },
  {
    what: 'sends an item for a call that there is not',
    commit: (raw) => item(raw, 77_777),
    logged: /an item for call 77777, which has no open output/,
  },
  {
    what: 'sends an item for a unary call',
    commit: (raw, _watch, _put, say) => item(raw, say),
    logged: /an item for call \d+, which has no open output/,
  },
  {
    what: 'sends an item for a call whose input alone is a stream',
    commit: (raw, _watch, put) => item(raw, put),
    logged: /an item for call \d+, which has no open output/,
  },
  {
    what: 'sends an item after its answer',
    commit(raw, watch) {
      raw.send(Kind.reply, watch);
      item(raw, watch);
    },
    logged: /an item for call \d+, which has no open output/,
  },
  {
    what: 'answers in the midst of an item',
    commit(raw, watch) {
      raw.sendBytes(Kind.output, watch, new Uint8Array(10), MORE);
      raw.send(Kind.reply, watch);
    },
    logged: /ended a stream in the midst of an item/,
  },
  {
    what: 'sends an item above the maximum, in pieces',
    async commit(raw, watch) {
      for (let i = 0; i < 5; i += 1) {
        raw.sendBytes(Kind.output, watch, new Uint8Array(1_024), MORE);
        const before = raw.received.length;
        await until(() => raw.received.length > before || raw.closed !== undefined);
      }
    },
    logged: /an item above the agreed maximum/,
  },
  {
    what: 'gives an item a flag that it cannot have',
    commit: (raw, watch) => raw.sendBytes(Kind.output, watch, new Uint8Array(8), { flags: Flag.door }),
    logged: /an item with the flags 4/,
  },
  {
    what: 'gives credit to a call that there is not',
    commit: (raw) => raw.send(Kind.inputWindow, 77_777, { aux: 1, items: 1 }),
    logged: /credit to call 77777, which has no input stream/,
  },
  {
    what: 'gives credit to a unary call',
    commit: (raw, _watch, _put, say) => raw.send(Kind.inputWindow, say),
    logged: /credit to call \d+, which has no input stream/,
  },
  {
    what: 'gives credit to a call whose output alone is a stream',
    commit: (raw, watch) => raw.send(Kind.inputWindow, watch),
    logged: /credit to call \d+, which has no input stream/,
  },
  {
    what: 'stops the input of a unary call',
    commit: (raw, _watch, _put, say) => raw.send(Kind.inputWindow, say, { flags: Flag.stop }),
    logged: /credit to call \d+, which has no input stream/,
  },
  {
    what: 'gives more credit than its window, in bytes',
    commit: (raw, _watch, put) => raw.send(Kind.inputWindow, put, { aux: 262_145 }),
    logged: /more credit for a stream than its window/,
  },
  {
    what: 'gives more credit than its window, in items',
    commit: (raw, _watch, put) => raw.send(Kind.inputWindow, put, { items: 1_025 }),
    logged: /more credit for a stream than its window/,
  },
  {
    what: 'answers a call twice whose input is over',
    async commit(raw, _watch, put) {
      raw.sendValue(Kind.reply, 'put', put, 5);
      await until(() => raw.received.some(({ kind }) => kind === Kind.inputEnd));
      raw.sendValue(Kind.reply, 'put', put, 6);
    },
    logged: /answered call \d+, which is not open/,
  },
  {
    what: 'answers a call twice at once',
    commit(raw, _watch, put) {
      raw.sendValue(Kind.reply, 'put', put, 5);
      raw.sendValue(Kind.reply, 'put', put, 6);
    },
    logged: /answered call \d+, which is not open/,
  },
];

/** What a server does to a client in streams, when it keeps to no rules. */
export function describeHostileStreamServers(world: () => World): void {
  describe('streams and a server that breaks the rules', () => {
    test.each(BY_SERVERS)('$what: its connection alone is closed', async ({ commit, logged }) => {
      const raw = await RawServer.listen(world().bed.acceptor(), feed);
      const client = world().connect(feed, { ...WINDOW, maxMessageBytes: 4_096 });
      const watching = client.watch();
      const watch = await raw.request(0);
      async function* never() {
        yield new Uint8Array(1);
        await new Promise(() => {});
      }
      const putting = client.put(never());
      const put = await raw.request(1);
      await until(() => raw.received.some(({ kind }) => kind === Kind.input));
      const saying = client.say('x');
      const ended = Promise.allSettled([putting, saying]);
      await commit(raw, watch, put, await raw.request(2));
      await until(() => raw.closed !== undefined);
      const [putEnded, sayEnded] = await ended;
      const cutOff = { status: 'rejected', reason: { code: 'UNAVAILABLE', maybeExecuted: true } };
      expect(sayEnded).toMatchObject(cutOff);
      // Unless that is the one that was answered.
      expect(putEnded).toMatchObject(logged.source.startsWith('answered') ? { value: 5 } : cutOff);
      await drain(watching);
      await until(() => statsOf(client).inFlight === 0);
      expect(world().log).toMatchObject([
        { level: 'warn', message: expect.stringMatching(/^a server broke the protocol: /) },
      ]);
      expect(world().log[0]?.message).toMatch(logged);
      // The client looks for the next connection by itself.
      await until(() => raw.connections.length > 1 || statsOf(client).connections === 0);
      await client.close();
      await raw.close();
    });

    test('what it sends of a stream that was left goes nowhere, until its answer', async () => {
      const raw = await RawServer.listen(world().bed.acceptor(), feed);
      const client = world().connect(feed, WINDOW);
      const watching = client.watch();
      const watch = await raw.request(0);
      await watching.return();
      await until(() => raw.received.some(({ kind }) => kind === Kind.cancel));
      for (let i = 0; i < 3; i += 1) item(raw, watch);
      raw.sendBytes(Kind.output, watch, new Uint8Array(10), MORE);
      raw.send(Kind.reply, watch);
      await until(() => statsOf(client).inFlight === 0);
      expect(statsOf(client).lateAnswers).toBe(1);
      expect(world().log).toEqual([]);
      await client.close();
      await raw.close();
    });
  });
}

/** Reads to the end, whatever that is. */
async function drain(items: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of items);
  } catch {}
}
