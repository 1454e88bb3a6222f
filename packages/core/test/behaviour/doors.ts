import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import type { Door } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import type { AnyService } from '../../src/contract/types.js';
import { createDoor } from '../../src/server/door.js';
import type { ServerInterceptor } from '../../src/server/interceptor.js';
import { door } from '../../src/zod.js';
import type { World } from './bed.js';
import { FaultDialer } from './fault-dialer.js';
import { failureOf, gate, until } from './waiting.js';

const session = defineService('session', {
  say: { input: z.string(), output: z.string() },
  hint: { input: z.string(), oneway: true },
  count: { input: z.number(), output: stream(z.number()) },
  sum: { input: stream(z.number()), output: z.number() },
});

const lobby = defineService('lobby', {
  open: { input: z.string(), output: door(session) },
  /** Two of them, in a structure. */
  openMany: { output: z.object({ list: z.array(door(session)), name: z.string() }) },
  /** The server calls what it is given. */
  listen: { input: z.object({ listener: door(session), text: z.string() }), output: z.string() },
  keep: { input: door(session) },
  tell: { input: z.string(), output: z.string() },
  forget: {},
  stream: { output: stream(door(session)) },
});

const sessionHandlers = {
  say: (text: string) => text,
  hint: () => {},
  *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
};

interface Kept {
  say(text: string): Promise<string>;
  [Symbol.dispose](): void;
}

function serveLobby(world: World, made: Door[] = [], gone: string[] = []) {
  const make = (user: string) => {
    const one = createDoor(
      session,
      { ...sessionHandlers, say: (text: string) => `${user}: ${text}` },
      { onUnreferenced: () => void gone.push(user) },
    );
    made.push(one);
    return one;
  };
  let kept: Kept | undefined;
  return world.serve(lobby, {
    open: (user) => make(user),
    openMany: () => ({ list: [make('a'), make('b')], name: 'x' }),
    async listen({ listener, text }) {
      using held = listener;
      return await held.say(text);
    },
    keep: (listener) => {
      kept = listener;
    },
    tell: (text) => (kept as Kept).say(text),
    forget: () => kept?.[Symbol.dispose](),
    *stream() {
      yield make('one');
      yield make('two');
    },
  });
}

export function describeDoors(world: () => World): void {
  describe('doors', () => {
    test('a door that a handler returns is called by whoever has it: unary, one-way, streams', async () => {
      await serveLobby(world());
      const client = world().connect(lobby);
      using ann = await client.open('ann');
      using bob = await client.open('bob');
      expect(await Promise.all([ann.say('hi'), bob.say('hi')])).toEqual(['ann: hi', 'bob: hi']);
      await ann.hint('x');
      const counted: number[] = [];
      for await (const item of ann.count(3)) counted.push(item);
      expect(counted).toEqual([0, 1, 2]);
      expect(await ann.sum([1, 2, 3])).toBe(6);
    });

    test('doors within structures and in streams', async () => {
      await serveLobby(world());
      const client = world().connect(lobby);
      const { list, name } = await client.openMany();
      expect(name).toBe('x');
      expect(await Promise.all(list.map((each) => each.say('?')))).toEqual(['a: ?', 'b: ?']);
      const said: string[] = [];
      for await (const each of client.stream()) said.push(await each.say('!'));
      expect(said).toEqual(['one: !', 'two: !']);
    });

    test('a client passes a door, and the server calls it, now and later', async () => {
      await serveLobby(world());
      const client = world().connect(lobby);
      const gone = gate();
      const listener = createDoor(
        session,
        { ...sessionHandlers, say: (text: string) => text.toUpperCase() },
        { onUnreferenced: () => gone.open() },
      );
      expect(await client.listen({ listener, text: 'shout' })).toBe('SHOUT');
      // The handler has let go of it.
      await gone.opened;
      await client.keep(listener);
      expect(listener.references).toBe(1);
      expect(await client.tell('later')).toBe('LATER');
      await client.forget();
      await until(() => listener.references === 0);
    });

    test('the owner hears when the last holder is gone: released, closed, vanished', async () => {
      const gone: string[] = [];
      const made: Door[] = [];
      const server = await serveLobby(world(), made, gone);
      const client = world().connect(lobby);
      const other = world().connect(lobby);
      {
        using _ann = await client.open('ann');
        expect(made[0]?.references).toBe(1);
      }
      await until(() => gone.length === 1);
      await other.open('bob');
      await other.close();
      await until(() => gone.length === 2);
      expect(gone).toEqual(['ann', 'bob']);
      expect(server.stats().connections).toBe(1);
    });

    test('a stream of a door that is revoked meanwhile runs to its end, and no other begins', async () => {
      const made: Door[] = [];
      const held = gate();
      const strokes = defineService('strokes', {
        all: { output: stream(z.number()) },
        add: { input: stream(z.number()), output: z.number() },
      });
      const tower = defineService('tower', { open: { output: door(strokes) } });
      await world().serve(tower, {
        open() {
          const one = createDoor(strokes, {
            async *all() {
              yield 1;
              await held.opened;
              yield 2;
            },
            async add(numbers) {
              let sum = 0;
              for await (const number of numbers) sum += number;
              return sum;
            },
          });
          made.push(one);
          return one;
        },
      });
      const client = world().connect(tower);
      const bell = await client.open();
      expect(inspect(bell)).toMatch(
        /^DoorcallDoor {\s+service: 'strokes',\s+methods: \[ 'add', 'all' \],\s+released: false\s+}$/,
      );
      const reader = bell.all();
      expect(await reader.next()).toEqual({ done: false, value: 1 });
      async function* numbers() {
        yield 3;
        await held.opened;
        yield 4;
      }
      const sum = bell.add(numbers());
      await client.health();
      made[0]?.revoke();
      await expect(bell.all().next()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      held.open();
      expect(await reader.next()).toEqual({ done: false, value: 2 });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      expect(await sum).toBe(7);
      bell[Symbol.dispose]();
      expect(inspect(bell)).toContain('released: true');
    });

    test('a released door fails, a revoked one, too; what runs there completes', async () => {
      const made: Door[] = [];
      const held = gate();
      const running = gate();
      await world().serve(lobby, {
        open: () => {
          const one = createDoor(session, {
            ...sessionHandlers,
            say: async (text: string) => {
              running.open();
              await held.opened;
              return text;
            },
          });
          made.push(one);
          return one;
        },
        openMany: () => ({ list: [], name: '' }),
        listen: () => '',
        keep: () => {},
        tell: () => '',
        forget: () => {},
        stream: () => [],
      });
      const client = world().connect(lobby);
      const ann = await client.open('ann');
      const call = ann.say('in progress');
      await running.opened;
      made[0]?.revoke();
      expect(await failureOf(ann.say('late'))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        origin: 'server',
      });
      held.open();
      expect(await call).toBe('in progress');
      ann[Symbol.dispose]();
      const error = await failureOf(ann.say('after'));
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', origin: 'client' });
      expect(error.message).toContain('released');
      await expect(ann.count(1).next()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      await until(() => made[0]?.references === 0);
    });

    test('a door that was received cannot be passed on, on its own connection or another, nor one that was revoked', async () => {
      await serveLobby(world());
      const client = world().connect(lobby);
      const ann = await client.open('ann');
      const error = await failureOf(client.keep(ann as never));
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', maybeExecuted: false });
      const elsewhere = world().connect(lobby);
      expect(await failureOf(elsewhere.keep(ann as never))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        maybeExecuted: false,
      });
      const revoked = createDoor(session, sessionHandlers);
      revoked.revoke();
      expect(await failureOf(client.keep(revoked))).toMatchObject({ code: 'FAILED_PRECONDITION' });
      expect(await failureOf(client.keep({ say: () => '' } as never))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a call that was not taken goes to no other server when it is a door’s, or brings something with it', async () => {
      const methods: string[] = [];
      const record: ServerInterceptor = ({ method }, next) => {
        methods.push(method);
        return next();
      };
      await serveLobby(world());
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(lobby, { dialer });
      const ann = await client.open('ann');
      const first = dialer.latest;
      first.holding = 'all';
      const listener = createDoor(session, sessionHandlers);
      const calls = [ann.say('hi'), client.keep(listener)].map(failureOf);
      const plain = client.tell('x').catch((error) => error);
      await until(() => first.held.length === 3);
      // The client hears of the end when the next server is there.
      first.ended = true;
      await world().servers[0]?.close();
      await world().serve(
        lobby,
        {
          open: () => createDoor(session, sessionHandlers),
          openMany: () => ({ list: [], name: '' }),
          listen: () => '',
          keep: () => {},
          tell: (text) => text,
          forget: () => {},
          stream: () => [],
        },
        { interceptors: [record] },
      );
      first.cut({ frozen: true });
      const errors = await Promise.all(calls);
      for (const error of errors) expect(error).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
      expect(errors[0]?.message).toBe(
        'UNAVAILABLE: the server ended before it took session/say, and the door that it is a call of ended with it',
      );
      // What is bound to nothing is sent again.
      expect(await plain).toBe('x');
      expect(methods).toEqual(['tell']);
      await until(() => listener.references === 0);
    });

    test('doors of different contracts are told apart when a client connects', async () => {
      await serveLobby(world());
      const otherSession = defineService('session', { say: { input: z.number(), output: z.number() } });
      const otherLobby = defineService('lobby', {
        open: { input: z.string(), output: door(otherSession) },
        tell: { input: z.string(), output: z.string() },
      });
      const client = world().connect(otherLobby);
      expect(await failureOf(client.open('x'))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    test('contracts whose doors lead back to themselves have a fingerprint', async () => {
      const room: AnyService = defineService('room', { join: { output: door(() => member) } });
      const member: AnyService = defineService('member', { room: { output: door(() => room) } });
      interface Joined {
        room(): Promise<unknown>;
      }
      await world().serve(room, { join: () => createDoor(member, { room: () => null } as never) } as never);
      const client = world().connect(room) as unknown as { join(): Promise<Joined> };
      const joined = await client.join();
      expect(await failureOf(joined.room())).toMatchObject({ code: 'INTERNAL' });
    });
  });
}
