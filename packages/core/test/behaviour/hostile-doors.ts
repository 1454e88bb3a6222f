import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { createDoor } from '../../src/server/door.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import { door } from '../../src/zod.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { failureOf, gate, until } from './waiting.js';

const bell = defineService('bell', { ring: { input: z.string(), output: z.string() } });

const house = defineService('house', {
  /** The same door for everybody. */
  shared: { output: door(bell) },
  keep: { input: door(bell) },
});

/** The first door that a side gives out over a connection. */
const FIRST = 1;

async function serveHouse(world: World) {
  const shared = createDoor(bell, { ring: (text) => text });
  await world.serve(house, { shared: () => shared, keep: () => {} });
  return shared;
}

interface Offence {
  readonly what: string;
  /** By a client that holds the door `FIRST` once. */
  commit(raw: RawClient): void;
  readonly logged: RegExp;
}

const giveBack = (raw: RawClient | RawServer, id: number, count: number) =>
  raw.connection.send(Kind.doorRelease, 0, 0, id, count, new Uint8Array(0), 0, 0);

function call(raw: RawClient, bytes: readonly number[], flags: number = Flag.door): void {
  raw.connection.send(Kind.request, flags, 0, 2, 0, new Uint8Array(bytes), 0, bytes.length);
}

/** A table of one entry, behind its head of count, descriptors and ticket. */
const table = (head: readonly number[], entry: readonly number[]) => [
  ...head,
  ...entry,
  ...Array<number>(8 + 32 - head.length - entry.length).fill(0),
];

const OFFENCES: readonly Offence[] = [
  {
    what: 'gives a door back more often than it holds it',
    commit: (raw) => giveBack(raw, FIRST, 2),
    logged: /gave back door 1, which it does not hold/,
  },
  {
    what: 'gives a door back twice',
    commit(raw) {
      giveBack(raw, FIRST, 1);
      giveBack(raw, FIRST, 1);
    },
    logged: /gave back door 1, which it does not hold/,
  },
  {
    what: 'gives a door back no time at all',
    commit: (raw) => giveBack(raw, FIRST, 0),
    logged: /gave back door 1, which it does not hold/,
  },
  {
    what: 'gives back what it was never given',
    commit: (raw) => giveBack(raw, 2, 1),
    logged: /gave back door 2, which it does not hold/,
  },
  {
    what: 'calls a door that it was never given',
    commit: (raw) => call(raw, [9, 0, 0, 0]),
    logged: /door 9/,
  },
  {
    what: 'calls a door with the number 0',
    commit: (raw) => call(raw, [0, 0, 0, 0]),
    logged: /door 0/,
  },
  {
    what: 'calls a door without a number',
    commit: (raw) => call(raw, []),
    logged: /door/,
  },
  {
    what: 'sends a table of attachments that is cut short',
    commit: (raw) => call(raw, [], Flag.attachments),
    logged: /is cut short/,
  },
  {
    what: 'sends a table without its entry',
    commit: (raw) => call(raw, [1, 0, 0, 0, 0, 0, 0, 0], Flag.attachments),
    logged: /has 1 entries/,
  },
  {
    what: 'sends a table of no entries',
    commit: (raw) => call(raw, [0, 0, 0, 0, 0, 0, 0, 0], Flag.attachments),
    logged: /has 0 entries/,
  },
  {
    what: 'sends a table of more entries than there may be',
    commit: (raw) =>
      call(raw, [1, 1, 0, 0, 0, 0, 0, 0, ...Array<number>(257 * 32).fill(3)], Flag.attachments),
    logged: /has 257 entries/,
  },
  {
    what: 'sends an entry of an unknown kind',
    commit: (raw) => call(raw, table([1, 0, 0, 0, 0, 0, 0, 0], [4]), Flag.attachments),
    logged: /has an entry of an unknown kind/,
  },
  {
    what: 'counts a descriptor that has no entry',
    commit: (raw) => call(raw, table([1, 0, 1, 0, 1, 0, 0, 0], [3]), Flag.attachments),
    logged: /has not as many descriptors as it says/,
  },
  {
    what: 'sends a descriptor without a ticket',
    commit: (raw) => call(raw, table([1, 0, 1, 0, 0, 0, 0, 0], [2]), Flag.attachments),
    logged: /has not as many descriptors as it says/,
  },
  {
    what: 'sends a ticket without a descriptor',
    commit: (raw) => call(raw, table([1, 0, 0, 0, 1, 0, 0, 0], [3]), Flag.attachments),
    logged: /has not as many descriptors as it says/,
  },
  {
    what: 'sends a blob that ends beyond what a number can say',
    commit: (raw) =>
      call(raw, table([1, 0, 0, 0, 0, 0, 0, 0], [1, ...Array<number>(30).fill(0), 1]), Flag.attachments),
    logged: /has a number out of range/,
  },
];

/** What one side does to the other with doors, when it keeps to no rules. */
export function describeHostileDoors(world: () => World): void {
  describe('doors and a client that breaks the rules', () => {
    test.each(OFFENCES)('$what: it alone is cut off', async ({ commit, logged }) => {
      const shared = await serveHouse(world());
      using polite = await world().connect(house).shared();
      const raw = await RawClient.connect(world().bed.dialer(), house);
      raw.call(Kind.request, 'shared', undefined, 1);
      await until(() => raw.answersTo(1).length === 1);
      expect(shared.references).toBe(2);
      commit(raw);
      await until(() => raw.closed !== undefined && shared.references === 1);
      expect(world().log).toMatchObject([{ level: 'warn', message: expect.stringMatching(logged) }]);
      expect(await polite.ring('on')).toBe('on');
    });
  });

  describe('doors and a server that breaks the rules', () => {
    test.each([
      ['more often than it holds it', FIRST, 2],
      ['no time at all', FIRST, 0],
      ['that it was never given', FIRST + 1, 1],
    ])('gives back a door %s: its connection is closed', async (_, id, count) => {
      const raw = await RawServer.listen(world().bed.acceptor(), house);
      const gone = gate();
      const mine = createDoor(bell, { ring: (text) => text }, { onUnreferenced: () => gone.open() });
      const kept = failureOf(world().connect(house).keep(mine));
      await raw.request(0);
      expect(mine.references).toBe(1);
      giveBack(raw, id, count);
      expect(await kept).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      // It went with the connection, and by no more than was there.
      await gone.opened;
      expect(mine.references).toBe(0);
      expect(world().log).toMatchObject([
        { level: 'warn', message: expect.stringContaining(`gave back door ${id}, which it does not hold`) },
      ]);
      await raw.close();
    });
  });
}
