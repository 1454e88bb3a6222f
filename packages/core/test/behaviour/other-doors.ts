import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Door } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import type { Handlers } from '../../src/contract/types.js';
import { createDoor } from '../../src/server/door.js';
import { door } from '../../src/zod.js';
import type { World } from './bed.js';
import { failureOf, until } from './waiting.js';

const text = { input: z.string(), output: z.string() };
const reader = defineService('reader', { read: text });
/** Its first method is not `read`. */
const admin = defineService('admin', { erase: text, read: text });
const otherReader = defineService('reader', { peek: text, read: text });
/** Said once more, as by a generated service. */
const sameReader = defineService('reader', { read: text });

const library = defineService('library', {
  open: { output: door(reader) },
  browse: { output: stream(door(reader)) },
  lend: { input: z.object({ list: z.array(door(reader)) }), output: z.string() },
  lendAll: { input: stream(door(reader)), output: z.number() },
  either: { output: z.array(z.union([door(reader), door(admin)])) },
  lendEither: { input: z.union([door(reader), door(admin)]), output: z.string() },
});

/** Doors, with what was called of them. */
function made() {
  const called: string[] = [];
  const each = (method: string) => (name: string) => {
    called.push(method);
    return `${method} ${name}`;
  };
  return {
    called,
    reader: createDoor(reader, { read: each('read') }),
    same: createDoor(sameReader, { read: each('read') }),
    admin: createDoor(admin, { erase: each('erase'), read: each('admin read') }),
    otherReader: createDoor(otherReader, { peek: each('peek'), read: each('read') }),
  };
}

function serveLibrary(world: World, handlers: Partial<Handlers<typeof library>>) {
  const none: Handlers<typeof library> = {
    open: () => createDoor(reader, { read: (name) => name }),
    browse: () => [],
    lend: () => '',
    lendAll: () => 0,
    either: () => [],
    lendEither: () => '',
  };
  return world.serve(library, { ...none, ...handlers });
}

const WANTED = {
  admin: /a door to admin, where one to reader belongs/,
  otherReader: /a door to another service named reader than the contract's/,
};

export function describeOtherDoors(world: () => World): void {
  describe('a door of another service than the contract has', () => {
    test.each(['admin', 'otherReader'] as const)('is not returned: %s', async (which) => {
      const doors = made();
      const other = doors[which] as never;
      await serveLibrary(world(), {
        open: () => other,
        *browse() {
          yield doors.reader;
          yield other;
        },
      });
      const client = world().connect(library);
      const error = await failureOf(client.open());
      expect(error).toMatchObject({ code: 'INTERNAL', origin: 'server', maybeExecuted: true });
      expect(error.message).toMatch(WANTED[which]);
      const items = client.browse();
      const first = await items.next();
      expect(await first.value?.read('a')).toBe('read a');
      await expect(items.next()).rejects.toMatchObject({ code: 'INTERNAL' });
      expect(doors.called).toEqual(['read']);
      expect((doors[which] as Door).references).toBe(0);
      expect(world().log.map(({ message }) => message)).toEqual([
        'a handler returned an invalid output',
        'a handler gave an invalid item',
      ]);
    });

    test.each(['admin', 'otherReader'] as const)('is not sent by a client: %s', async (which) => {
      await serveLibrary(world(), {});
      const client = world().connect(library);
      await client.ready();
      const doors = made();
      const other = doors[which] as never;
      const refused = { code: 'INVALID_ARGUMENT', origin: 'client', maybeExecuted: false };
      const error = await failureOf(client.lend({ list: [doors.reader, other] }));
      expect(error).toMatchObject(refused);
      expect(error.message).toMatch(new RegExp(`input\\.list\\[1\\] is ${WANTED[which].source}`));
      const item = await failureOf(client.lendAll([other]));
      expect(item).toMatchObject({ ...refused, maybeExecuted: expect.any(Boolean) });
      expect(item.message).toMatch(WANTED[which]);
      expect([doors.reader.references, (doors[which] as Door).references]).toEqual([0, 0]);
    });

    test('is none of the same service that was defined twice', async () => {
      const doors = made();
      await serveLibrary(world(), {
        open: () => doors.same,
        async lend({ list: [first] }) {
          using held = first as NonNullable<typeof first>;
          return await held.read('lent');
        },
      });
      const client = world().connect(library);
      using opened = await client.open();
      expect(await opened.read('x')).toBe('read x');
      expect(await client.lend({ list: [doors.same] })).toBe('read lent');
    });

    test('is told from the others where the contract has several', async () => {
      const doors = made();
      await serveLibrary(world(), {
        either: () => [doors.admin, doors.reader],
        async lendEither(lent) {
          const which = 'erase' in lent ? 'admin' : 'reader';
          return `${which}: ${await lent.read('x')}`;
        },
      });
      const client = world().connect(library);
      const [first, second] = await client.either();
      expect(await Promise.all([first?.read('x'), second?.read('x')])).toEqual(['admin read x', 'read x']);
      expect(await client.lendEither(doors.admin)).toBe('admin: admin read x');
      expect(await client.lendEither(doors.reader)).toBe('reader: read x');
      const error = await failureOf(client.lendEither(doors.otherReader as never));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'client' });
      expect(doors.called).toEqual(['admin read', 'read', 'admin read', 'read']);
    });

    test('nor is it an object with its methods: createDoor makes a door', async () => {
      await serveLibrary(world(), {});
      const client = world().connect(library);
      const error = await failureOf(client.lend({ list: [{ read: () => '' } as never] }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'client', maybeExecuted: false });
      expect(error.message).toContain('input.list[0] is no door; createDoor(service, handlers) makes one');
      await until(() => world().servers[0]?.stats().inFlight === 0);
    });
  });
}
