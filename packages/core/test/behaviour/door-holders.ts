import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { createDoor } from '../../src/server/door.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import { blob, door } from '../../src/zod.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { failureOf, gate, turn, until } from './waiting.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const MIB = 1024 * 1024;

const bell = defineService('bell', {
  ring: { input: z.string(), output: z.number() },
  echo: { input: z.string(), output: stream(z.string()) },
});
const handlers = { ring: (text: string) => text.length, echo: (text: string) => [text] };

const house = defineService('house', {
  /** The same door for everybody. */
  shared: { output: door(bell) },
  /** Lets go of what it is sent. */
  visit: {
    input: z.object({
      data: blob().optional(),
      first: door(bell),
      second: door(bell).optional(),
      text: z.string(),
    }),
  },
});

const lobby = defineService('lobby', {
  open: { output: door(bell) },
  opened: { output: stream(door(bell)) },
});

async function serveHouse(world: World) {
  const gone = gate();
  let unreferenced = 0;
  const shared = createDoor(bell, handlers, {
    onUnreferenced() {
      unreferenced += 1;
      gone.open();
    },
  });
  await world.serve(
    house,
    {
      shared: () => shared,
      visit({ data, first, second }) {
        data?.release();
        for (const each of [first, second]) each?.[Symbol.dispose]();
      },
    },
    { limits: { maxBlobBytes: 8 * MIB }, maxMessageBytes: MIB },
  );
  return { shared, gone, unreferenced: () => unreferenced };
}

/** Who holds a door, and what becomes of it when nobody does. */
export function describeDoorHolders(world: () => World): void {
  describe('the holders of a door', () => {
    test('its owner is told when the last of several is gone, and once', async () => {
      const { shared, gone, unreferenced } = await serveHouse(world());
      const [ann, bob] = [world().connect(house), world().connect(house)];
      const held = [await ann.shared(), await ann.shared(), await bob.shared()];
      expect(shared.references).toBe(3);
      for (const [i, each] of held.entries()) {
        expect(unreferenced()).toBe(0);
        each[Symbol.dispose]();
        // Letting go again is nothing.
        each[Symbol.dispose]();
        await until(() => shared.references === 2 - i);
        await turn();
      }
      await gone.opened;
      // Who holds it later is counted anew.
      await (await ann.shared())[Symbol.dispose]();
      await until(() => unreferenced() === 2);
      expect(world().log).toEqual([]);
    });

    test('one who was given it several times gives it back under one number', async () => {
      const { shared, gone } = await serveHouse(world());
      const raw = await RawClient.connect(world().bed.dialer(), house);
      for (const id of [1, 2, 3]) raw.call(Kind.request, 'shared', undefined, id);
      await until(() => raw.answersTo(3).length === 1);
      expect(shared.references).toBe(3);
      raw.control(Kind.doorRelease, 1, 3);
      await gone.opened;
      // What was under way then is refused, and nobody's fault.
      raw.connection.send(Kind.request, Flag.door, 0, 4, 0, new Uint8Array([1, 0, 0, 0]), 0, 4);
      await until(() => raw.answersTo(4).length === 1);
      expect(raw.answersTo(4)[0]).toMatchObject({ kind: Kind.error });
      expect(new TextDecoder().decode(raw.answersTo(4)[0]?.bytes)).toContain('not held any more');
      expect(raw.closed).toBe(undefined);
      raw.connection.close();
    });

    test('one who lets go behind a large call has it answered', async () => {
      await serveHouse(world());
      const shared = await world().connect(house).shared();
      const call = shared.ring('x'.repeat(MIB / 2));
      shared[Symbol.dispose]();
      expect(await call).toBe(MIB / 2);
    });

    test('one who has let go is refused by itself, however it calls', async () => {
      await serveHouse(world());
      const shared = await world().connect(house).shared();
      expect(Object.isFrozen(shared)).toBe(true);
      shared[Symbol.dispose]();
      const released = { code: 'FAILED_PRECONDITION', origin: 'client', message: /the door was released/ };
      expect(await failureOf(shared.ring('x'))).toMatchObject({
        ...released,
        message: expect.stringMatching(released.message),
      });
      await expect(shared.echo('x').next()).rejects.toThrow(released.message);
      expect(() => shared.ring.sync('x')).toThrow(released.message);
    });

    test('is nobody when the message was not sent, and its owner is told in a turn of its own', async () => {
      await serveHouse(world());
      const client = world().connect(house);
      await client.ready();
      let told = 0;
      const onUnreferenced = () => {
        told += 1;
      };
      const mine = createDoor(bell, handlers, { onUnreferenced });
      const revoked = createDoor(bell, handlers);
      {
        using _ends = revoked;
      }
      for (const [input, code] of [
        [{ first: mine, second: revoked, text: '' }, 'FAILED_PRECONDITION'],
        [{ first: mine, text: 'x'.repeat(MIB) }, 'RESOURCE_EXHAUSTED'],
      ] as const) {
        // More in all than the other side takes: what was lent comes back, too.
        for (let round = 0; round < 10; round += 1) {
          const before = told;
          const failing = failureOf(client.visit({ ...input, data: new Uint8Array(3 * MIB) }));
          expect(told).toBe(before);
          expect(await failing).toMatchObject({ code, maybeExecuted: false });
          expect(mine.references).toBe(0);
          await until(() => told === before + 1);
        }
      }
      await client.visit({ first: mine, data: new Uint8Array(3 * MIB), text: '' });
      await until(() => mine.references === 0);
    });

    test('one who forgets it has let go of it when it is collected', async () => {
      const { shared, gone } = await serveHouse(world());
      const client = world().connect(house);
      await (async () => {
        await client.shared();
        const used = await client.shared();
        expect(await used.ring('abc')).toBe(3);
        used[Symbol.dispose]();
      })();
      await until(() => {
        gc();
        return shared.references === 0;
      });
      await gone.opened;
      expect(world().log).toEqual([]);
    });

    test('one whose connection ends has no call that goes on waiting', async () => {
      const held = gate<number>();
      const busy = createDoor(bell, { ...handlers, ring: () => held.opened });
      const server = await world().serve(
        house,
        { shared: () => busy, visit: () => {} },
        { limits: { maxInFlightPerConnection: 1 } },
      );
      const client = world().connect(house);
      const shared = await client.shared();
      const calls = ['runs', 'waits', 'waits'].map((text) => failureOf(shared.ring(text)));
      await until(() => server.stats().inFlight === 1);
      await server.close();
      for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: 'UNAVAILABLE' });
      held.open(0);
    });

    test.each(['a call', 'a stream', 'an input', 'a one-way call'])(
      'is %s of it, too, as long as it is open',
      async (what) => {
        const [begun, held] = [gate(), gate()];
        const happened: string[] = [];
        async function runs() {
          begun.open();
          await held.opened;
          happened.push('ends');
        }
        const clock = defineService('clock', {
          run: { output: z.string() },
          strike: { oneway: true },
          ticks: { output: stream(z.string()) },
          wind: { input: stream(z.string()), output: z.string() },
        });
        const tower = defineService('tower', { open: { output: door(clock) } });
        const made = createDoor(
          clock,
          {
            run: async () => {
              await runs();
              return 'done';
            },
            strike: runs,
            async *ticks() {
              await runs();
              yield 'done';
            },
            async wind(items) {
              for await (const _ of items) await runs();
              return 'done';
            },
          },
          { onUnreferenced: () => void happened.push('unreferenced') },
        );
        await world().serve(tower, { open: () => made });
        const opened = await world().connect(tower).open();
        const calls: Record<string, () => Promise<unknown>> = {
          'a call': () => opened.run(),
          'a stream': async () => (await opened.ticks().next()).value,
          'an input': () => opened.wind(['up']),
          'a one-way call': async () => (await opened.strike()) ?? 'done',
        };
        const call = calls[what]?.();
        await begun.opened;
        opened[Symbol.dispose]();
        await until(() => made.references === 0);
        for (let i = 0; i < 5; i += 1) await turn();
        expect(happened).toEqual([]);
        held.open();
        expect(await call).toBe('done');
        await until(() => happened.length === 2);
        expect(happened).toEqual(['ends', 'unreferenced']);
      },
    );

    test('is nobody whose connection has ended, though a call still runs', async () => {
      const held = gate<number>();
      const running = gate();
      const gone = gate();
      const ring = () => {
        running.open();
        return held.opened;
      };
      const busy = createDoor(bell, { ...handlers, ring }, { onUnreferenced: () => gone.open() });
      await world().serve(house, { shared: () => busy, visit: () => {} });
      const raw = await RawClient.connect(world().bed.dialer(), house);
      raw.call(Kind.request, 'shared', undefined, 1);
      await until(() => raw.answersTo(1).length === 1);
      // Method 1 of door 1, `ring`, with the text 'x'.
      const request = new Uint8Array([1, 0, 0, 0, 0xa1, 0x78]);
      raw.connection.send(Kind.request, Flag.door, 1, 2, 0, request, 0, request.length);
      await running.opened;
      // Not by a client, which would cancel the call before.
      raw.connection.close();
      await gone.opened;
      held.open(0);
      await turn();
    });

    test('is nobody when its caller has left before it was returned, or given, and its owner is told', async () => {
      const left = gate();
      let asked = 0;
      let unreferenced = 0;
      const onUnreferenced = () => {
        unreferenced += 1;
      };
      const opening = async () => {
        asked += 1;
        await left.opened;
        return createDoor(bell, handlers, { onUnreferenced });
      };
      await world().serve(lobby, {
        open: opening,
        async *opened() {
          yield await opening();
        },
      });
      const client = world().connect(lobby);
      const leaving = new AbortController();
      const call = failureOf(client.open(undefined, { signal: leaving.signal }));
      const reader = client.opened();
      await until(() => asked === 2);
      leaving.abort();
      expect(await call).toMatchObject({ code: 'CANCELLED' });
      await reader.return();
      await client.health();
      left.open();
      await until(() => unreferenced === 2);
    });

    test('one who lets go behind calls that wait for a place has them answered', async () => {
      const held = gate<number>();
      const running = gate();
      const ring = () => {
        running.open();
        return held.opened;
      };
      const busy = createDoor(bell, { ...handlers, ring });
      const limits = { maxInFlightPerConnection: 1 };
      await world().serve(house, { shared: () => busy, visit: () => {} }, { limits });
      const shared = await world().connect(house).shared();
      const calls = [shared.ring('runs'), shared.ring('waits'), shared.ring('waits')];
      await running.opened;
      shared[Symbol.dispose]();
      held.open(5);
      expect(await Promise.all(calls)).toEqual([5, 5, 5]);
      await until(() => busy.references === 0);
    });

    test.each([
      [
        'throws',
        () => {
          throw new Error('cleanup failed');
        },
      ],
      ['rejects', () => Promise.reject(new Error('cleanup failed'))],
    ])('and an owner whose function %s when it is told: it is logged', async (_, onUnreferenced) => {
      const mine = createDoor(bell, handlers, { onUnreferenced });
      await world().serve(house, { shared: () => mine, visit: ({ first }) => first[Symbol.dispose]() });
      const client = world().connect(house);
      const logged = {
        level: 'error',
        message: 'onUnreferenced of a door failed',
        fields: { service: 'bell', err: expect.objectContaining({ message: 'cleanup failed' }) },
      };
      await client.shared();
      await client.close();
      await until(() => world().log.length === 1);
      await world()
        .connect(house)
        .visit({ first: createDoor(bell, handlers, { onUnreferenced }), text: '' });
      await until(() => world().log.length === 2);
      expect(world().log).toEqual([logged, logged]);
    });

    test('cannot be named by an option that there is not', () => {
      expect(() =>
        createDoor(bell, handlers, { onUnreferenced: () => {}, onGone: () => {} } as never),
      ).toThrow(/createDoor.*onGone/);
    });
  });
}
