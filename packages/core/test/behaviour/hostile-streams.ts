import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { gate, turn, until } from './waiting.js';

const bytes = z.instanceof(Uint8Array);

const feed = defineService('feed', {
  /** Reads when it is told to. */
  put: { input: stream(bytes), output: z.number() },
  /** Reads at once. */
  read: { input: stream(bytes), output: z.number() },
  /** Answers without reading. */
  early: { input: stream(bytes), output: z.string() },
  /** Never ends. */
  watch: { output: stream(bytes) },
  say: { input: z.string(), output: z.string() },
});

const WINDOW = { streamWindowBytes: 2_048, streamWindowItems: 4 };
const MORE = { flags: Flag.more };

async function servePatiently(world: World, maxInFlightPerConnection = 10) {
  const reading = gate();
  async function count(items: AsyncIterable<Uint8Array>): Promise<number> {
    let length = 0;
    for await (const item of items) length += item.length;
    return length;
  }
  const server = await world.serve(
    feed,
    {
      async put(items) {
        await reading.opened;
        return count(items);
      },
      read: count,
      early: () => 'early',
      async *watch(_, ctx) {
        yield new Uint8Array(1);
        await new Promise((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)),
        );
      },
      async say(text) {
        if (text === 'wait') await reading.opened;
        return text;
      },
    },
    { limits: { ...WINDOW, maxInFlightPerConnection }, maxMessageBytes: 4_096 },
  );
  return { server, reading };
}

/** A call whose handler has not read yet, with an item that it has not read. */
function beginToPut(raw: RawClient, callId = 1): void {
  raw.call(Kind.request, 'put', undefined, callId);
  raw.item('put', callId, new Uint8Array(1));
}

async function answered(raw: RawClient, callId: number): Promise<void> {
  await until(() => raw.answersTo(callId).length === 1);
}

interface Offence {
  readonly what: string;
  commit(raw: RawClient): void | Promise<void>;
  readonly logged: RegExp;
}

const BY_CLIENTS: readonly Offence[] = [
  {
    what: 'sends more bytes than it has credit for',
    commit(raw) {
      beginToPut(raw);
      for (let i = 0; i < 3; i += 1) raw.piece(1, new Uint8Array(800), Flag.more);
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'sends more items than it has credit for',
    commit(raw) {
      beginToPut(raw);
      for (let i = 0; i < 4; i += 1) raw.item('put', 1, new Uint8Array(1));
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'sends more empty items than it has credit for',
    commit(raw) {
      raw.call(Kind.request, 'put', undefined, 1);
      // The first one ends the call: there is no such value. The others are counted all the same.
      for (let i = 0; i < 5; i += 1) raw.piece(1, new Uint8Array(0));
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'sends a piece of nothing',
    commit(raw) {
      raw.call(Kind.request, 'read', undefined, 1);
      raw.piece(1, new Uint8Array(0), Flag.more);
    },
    logged: /an empty piece of an item/,
  },
  {
    what: 'sends a piece of nothing in the midst of an item',
    commit(raw) {
      raw.call(Kind.request, 'read', undefined, 1);
      raw.piece(1, new Uint8Array(1), Flag.more);
      raw.piece(1, new Uint8Array(0), Flag.more);
    },
    logged: /an empty piece of an item/,
  },
  {
    what: 'sends an item for a call that there is not',
    commit: (raw) => raw.item('put', 7, new Uint8Array(1)),
    logged: /an item for call 7, which has no open input/,
  },
  {
    what: 'sends an item for a unary call',
    commit(raw) {
      raw.call(Kind.request, 'say', 'wait', 1);
      raw.item('put', 1, new Uint8Array(1));
    },
    logged: /an item for call 1, which has no open input/,
  },
  {
    what: 'sends an item for a call whose output alone is a stream',
    commit(raw) {
      raw.call(Kind.request, 'watch', undefined, 1);
      raw.item('put', 1, new Uint8Array(1));
    },
    logged: /an item for call 1, which has no open input/,
  },
  {
    what: 'sends an item after the end',
    commit(raw) {
      beginToPut(raw);
      raw.control(Kind.inputEnd, 1);
      raw.item('put', 1, new Uint8Array(1));
    },
    logged: /an item for call 1, which has no open input/,
  },
  {
    what: 'ends its input twice',
    commit(raw) {
      beginToPut(raw);
      raw.control(Kind.inputEnd, 1);
      raw.control(Kind.inputEnd, 1);
    },
    logged: /ended the input of call 1, which has none open/,
  },
  {
    what: 'ends the input of a unary call',
    commit(raw) {
      raw.call(Kind.request, 'say', 'wait', 1);
      raw.control(Kind.inputEnd, 1);
    },
    logged: /ended the input of call 1, which has none open/,
  },
  {
    what: 'ends its input in the midst of an item',
    commit(raw) {
      beginToPut(raw);
      raw.piece(1, new Uint8Array(10), Flag.more);
      raw.control(Kind.inputEnd, 1);
    },
    logged: /ended an input in the midst of an item/,
  },
  {
    what: 'sends an item above the maximum, in pieces',
    async commit(raw) {
      raw.call(Kind.request, 'read', undefined, 1);
      for (let i = 0; i < 5; i += 1) {
        raw.piece(1, new Uint8Array(1_024), Flag.more);
        const before = raw.received.length;
        await until(() => raw.received.length > before || raw.closed !== undefined);
      }
    },
    logged: /an item above the agreed maximum/,
  },
  ...[
    // Its length, one item where it says two, an item that ends behind the bundle, one that it does not count.
    { what: 'cut short', bytes: [1, 0], items: 2 },
    { what: 'with too few items', bytes: [1, 0, 0, 0, 7], items: 2 },
    { what: 'that ends too early', bytes: [1, 0, 0, 0, 7, 2, 0, 0, 0, 7], items: 2 },
    { what: 'of one item', bytes: [1, 0, 0, 0, 7], items: 1 },
    { what: 'of more items than there is credit for', bytes: [], items: 5 },
  ].map(({ what, bytes, items }) => ({
    what: `sends a bundle ${what}`,
    commit(raw: RawClient) {
      beginToPut(raw);
      raw.connection.send(Kind.input, Flag.several, items, 1, 0, new Uint8Array(bytes), 0, bytes.length);
    },
    logged: items === 5 ? /more of a stream than it has credit for/ : /a damaged bundle of items/,
  })),
  {
    what: 'sends a bundle in the midst of an item',
    commit(raw) {
      beginToPut(raw);
      raw.piece(1, new Uint8Array(10), Flag.more);
      raw.connection.send(Kind.input, Flag.several, 2, 1, 0, new Uint8Array(8), 0, 8);
    },
    logged: /a bundle of items where there can be none/,
  },
  {
    what: 'sends a bundle that goes on',
    commit(raw) {
      beginToPut(raw);
      raw.connection.send(Kind.input, Flag.several | Flag.more, 2, 1, 0, new Uint8Array(8), 0, 8);
    },
    logged: /a bundle of items where there can be none/,
  },
  {
    what: 'sends a bundle of more bytes than it has credit for',
    commit(raw) {
      beginToPut(raw);
      const bundle = new Uint8Array(2_100);
      new DataView(bundle.buffer).setUint32(4, 2_100 - 8, true);
      raw.connection.send(Kind.input, Flag.several, 2, 1, 0, bundle, 0, bundle.length);
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'gives an item a flag that it cannot have',
    commit(raw) {
      beginToPut(raw);
      raw.piece(1, new Uint8Array(8), Flag.door);
    },
    logged: /an item with the flags 4/,
  },
  {
    what: 'uses a call id again whose input is open, although the call is answered',
    async commit(raw) {
      raw.call(Kind.request, 'early', undefined, 1);
      await answered(raw, 1);
      raw.call(Kind.request, 'say', 'x', 1);
    },
    logged: /used the call id 1 twice at once/,
  },
  {
    what: 'has more inputs open than it may have calls',
    async commit(raw) {
      for (let id = 1; id <= 10; id += 1) {
        raw.call(Kind.request, 'early', undefined, id);
        await answered(raw, id);
      }
      raw.call(Kind.request, 'early', undefined, 11);
    },
    logged: /has more than 10 input streams open/,
  },
  {
    what: 'sends more than its window after the answer',
    async commit(raw) {
      raw.call(Kind.request, 'early', undefined, 1);
      await answered(raw, 1);
      for (let i = 0; i < 5; i += 1) raw.item('put', 1, new Uint8Array(1));
    },
    logged: /more of a stream than it has credit for/,
  },
  {
    what: 'gives more credit than its window, in bytes',
    async commit(raw) {
      raw.call(Kind.request, 'watch', undefined, 1);
      await until(() => raw.received.length === 1);
      raw.connection.send(Kind.outputWindow, 0, 1, 1, 262_144, new Uint8Array(0), 0, 0);
    },
    logged: /more credit for a stream than its window/,
  },
  {
    what: 'gives more credit than its window, in items',
    async commit(raw) {
      raw.call(Kind.request, 'watch', undefined, 1);
      await until(() => raw.received.length === 1);
      raw.connection.send(Kind.outputWindow, 0, 2, 1, 0, new Uint8Array(0), 0, 0);
    },
    logged: /more credit for a stream than its window/,
  },
];

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

/** What one side does to the other in streams, when it keeps to no rules. */
export function describeHostileStreams(world: () => World): void {
  describe('streams and a client that breaks the rules', () => {
    test.each(BY_CLIENTS)('$what: it alone is cut off', async ({ commit, logged }) => {
      const { server } = await servePatiently(world());
      const polite = world().connect(feed);
      const watching = polite.watch();
      await watching.next();
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      await commit(raw);
      await until(() => raw.closed !== undefined && server.stats().connections === 1);
      expect(world().log.filter(({ message }) => /broke the protocol/.test(message))).toMatchObject([
        { level: 'warn', message: expect.stringMatching(logged) },
      ]);
      expect(await polite.say('unaffected')).toBe('unaffected');
      await watching.return();
      await until(() => server.stats().inFlight === 0);
    });

    test('what is under way when the answer leaves is dropped, within the window and until the end', async () => {
      await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      for (let round = 0; round < 3; round += 1) {
        raw.call(Kind.request, 'early', undefined, 1);
        await until(() => raw.answersTo(1).length === round + 1);
        for (let i = 0; i < 3; i += 1) raw.item('put', 1, new Uint8Array(500));
        // Nor is half an item the client's fault.
        raw.piece(1, new Uint8Array(10), Flag.more);
        raw.control(Kind.inputEnd, 1);
      }
      raw.call(Kind.request, 'say', 'x', 1);
      await until(() => raw.answersTo(1).length === 4);
      expect(raw.closed).toBe(undefined);
      // No credit was given for what nobody read.
      expect(raw.received.filter(({ kind }) => kind === Kind.inputWindow)).toEqual([]);
      expect(world().log).toEqual([]);
      raw.connection.close();
    });

    test('credit for a call that is over, or was never there, is nobody’s', async () => {
      await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      raw.call(Kind.request, 'say', 'x', 1);
      await answered(raw, 1);
      for (const callId of [1, 2]) {
        raw.connection.send(Kind.outputWindow, 0, 60_000, callId, 2 ** 31, new Uint8Array(0), 0, 0);
      }
      raw.call(Kind.request, 'say', 'y', 2);
      await answered(raw, 2);
      raw.connection.close();
    });

    test('a reader that has stopped holds one window, and one item above it, however large items are', async () => {
      const { reading } = await servePatiently(world());
      const raw = await RawClient.connect(world().bed.dialer(), feed);
      raw.call(Kind.request, 'put', undefined, 1);
      // Items of four pieces, as far as there is credit: of the first one all, of the second one the window.
      let bytesLeft = WINDOW.streamWindowBytes;
      let itemsLeft = WINDOW.streamWindowItems;
      let credits = 0;
      const look = () => {
        const given = raw.received.filter(({ kind }) => kind === Kind.inputWindow);
        for (const { aux } of given.slice(credits)) bytesLeft += aux;
        credits = given.length;
      };
      const pieces = itemInPieces();
      let sent = 0;
      for (let idle = 0; idle < 50; ) {
        look();
        const piece = pieces[sent % pieces.length] as Uint8Array;
        const last = sent % pieces.length === pieces.length - 1;
        if (piece.length > bytesLeft || itemsLeft === 0) {
          await turn();
          idle += 1;
          continue;
        }
        raw.piece(1, piece, last ? 0 : Flag.more);
        bytesLeft -= piece.length;
        if (last) itemsLeft -= 1;
        sent += 1;
        idle = 0;
      }
      const held = sent * 900;
      expect(held).toBeLessThanOrEqual(4_096 + WINDOW.streamWindowBytes);
      // And goes on when it is read.
      reading.open();
      await until(() => {
        look();
        return bytesLeft >= 900;
      });
      while (sent % pieces.length !== 0) {
        look();
        if (bytesLeft >= 900) {
          const last = sent % pieces.length === pieces.length - 1;
          raw.piece(1, pieces[sent % pieces.length] as Uint8Array, last ? 0 : Flag.more);
          bytesLeft -= 900;
          sent += 1;
        } else await turn();
      }
      raw.control(Kind.inputEnd, 1);
      await answered(raw, 1);
      expect(raw.answersTo(1)[0]?.kind).toBe(Kind.reply);
      raw.connection.close();
    });
  });

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

/** An item of 4,000 bytes or so, as it is encoded, in pieces of 900. */
function itemInPieces(): Uint8Array[] {
  const length = 3_600 - 3;
  const encoded = new Uint8Array(3_600);
  // msgpack: bin 16
  encoded.set([0xc5, length >> 8, length & 0xff]);
  return [0, 900, 1_800, 2_700].map((start) => encoded.slice(start, start + 900));
}

/** Reads to the end, whatever that is. */
async function drain(items: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of items);
  } catch {}
}
