import { describe, expect, test } from 'vitest';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { answered, beginToPut, feed, servePatiently } from './feed-service.js';
import { RawClient } from './raw-client.js';
import { until } from './waiting.js';

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

/** What a client does to a server in streams, when it keeps to no rules. */
export function describeHostileStreamClients(world: () => World): void {
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
  });
}
