import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { createMsgpackCodec } from '../../src/codec/msgpack.js';
import { deadlineToWire, monotonicMs } from '../../src/context/clock.js';
import { detached } from '../../src/context/scope.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import type { CallbacksOf } from '../../src/contract/types.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { statusNumber } from '../../src/errors/status.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { echo } from './services.js';
import { failureOf, gate, until, withEnoughTime } from './waiting.js';

const room = defineService(
  'room',
  {
    /** Asks the client something and answers with what it said. */
    ask: { input: z.string(), output: z.string() },
    announce: { input: z.string() },
    /** The sum of what the client streams. */
    collect: { output: z.number() },
    chat: { input: stream(z.string()), output: stream(z.string()) },
  },
  {
    callbacks: {
      confirm: {
        input: z.string(),
        output: z.string().max(40),
        errors: { BUSY: { code: 'UNAVAILABLE', data: z.object({ untilMs: z.number() }) } },
      },
      notify: { input: z.string(), oneway: true },
      numbers: { input: z.number(), output: stream(z.number()) },
      spell: { input: stream(z.string()), output: z.string() },
    },
  },
);

const quietCallbacks = {
  confirm: (text: string) => `yes, ${text}`,
  notify: () => {},
  *numbers(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async spell(letters: AsyncIterable<string>) {
    let word = '';
    for await (const letter of letters) word += letter;
    return word;
  },
} satisfies CallbacksOf<typeof room>;

function serveRoom(world: World) {
  return world.serve(room, {
    ask: (text, ctx) => ctx.client.confirm(text),
    announce: async (text, ctx) => {
      await ctx.client.notify(text);
    },
    async collect(_, ctx) {
      let sum = 0;
      for await (const item of ctx.client.numbers(2_000)) sum += item;
      return sum;
    },
    async *chat(words, ctx) {
      for await (const word of words) yield await ctx.client.spell([...word]);
    },
  });
}

export function describeCallbacks(world: () => World): void {
  describe('callbacks', () => {
    test('a handler calls the client that calls it: unary, one-way, streams', async () => {
      await serveRoom(world());
      const heard: string[] = [];
      const client = world().connect(room, {
        callbacks: { ...quietCallbacks, notify: (text: string) => void heard.push(text) },
      });
      expect(await client.ask('really')).toBe('yes, really');
      await client.announce('dinner');
      await until(() => heard.length === 1);
      expect(heard).toEqual(['dinner']);
      expect(await client.collect()).toBe(1_999_000);
      const words: string[] = [];
      for await (const word of client.chat(['ab', 'cde'])) words.push(word);
      expect(words).toEqual(['ab', 'cde']);
      await until(() => statsOf(client).inFlight === 0);
    });

    test('each client is asked itself', async () => {
      await serveRoom(world());
      const clients = ['ann', 'bob'].map((name) =>
        world().connect(room, { callbacks: { ...quietCallbacks, confirm: () => name } }),
      );
      for (let i = 0; i < 3; i += 1) {
        expect(await Promise.all(clients.map((client) => client.ask('who?')))).toEqual(['ann', 'bob']);
      }
    });

    test('errors of a callback: declared, its own, a bad input, a bad output', async () => {
      const errors: RpcError[] = [];
      await world().serve(room, {
        ask: async (text, ctx) => {
          errors.push(await failureOf(ctx.client.confirm(text as never)));
          return '';
        },
        announce: () => {},
        collect: () => 0,
        chat: () => [],
      });
      const client = world().connect(room, {
        callbacks: {
          ...quietCallbacks,
          confirm(text, ctx) {
            if (text === 'busy') throw ctx.error('BUSY', { untilMs: 5 });
            if (text === 'own') throw new RpcError('NOT_FOUND', 'nobody');
            if (text === 'long') return 'x'.repeat(41);
            throw new Error('secret');
          },
        } satisfies CallbacksOf<typeof room>,
      });
      for (const text of ['busy', 'own', 'long', 'else']) await client.ask(text);
      expect(errors).toMatchObject([
        { code: 'UNAVAILABLE', reason: 'BUSY', data: { untilMs: 5 }, method: 'room.callbacks/confirm' },
        { code: 'NOT_FOUND', origin: 'server' },
        { code: 'INTERNAL' },
        { code: 'UNKNOWN' },
      ]);
      expect(errors[3]?.message).not.toContain('secret');
    });

    test('a callback ends with the call that it is made in', async () => {
      let signal: AbortSignal | undefined;
      let inner: Promise<RpcError> | undefined;
      await world().serve(room, {
        ask: async (text, ctx) => {
          inner = failureOf(ctx.client.confirm(text));
          await inner;
          return '';
        },
        announce: () => {},
        collect: () => 0,
        chat: () => [],
      });
      const client = world().connect(room, {
        callbacks: {
          ...quietCallbacks,
          confirm: (_, ctx) => {
            signal = ctx.signal;
            return new Promise(() => {});
          },
        } satisfies CallbacksOf<typeof room>,
      });
      const controller = new AbortController();
      const outer = failureOf(client.ask('x', { signal: controller.signal }));
      await until(() => signal !== undefined);
      controller.abort();
      expect((await outer).code).toBe('CANCELLED');
      expect(await inner).toMatchObject({ code: 'CANCELLED' });
      await until(() => signal?.aborted === true);
    });

    test('a client that is gone ends the callbacks that it was asked', async () => {
      let inner: Promise<RpcError> | undefined;
      let late: (() => Promise<RpcError>) | undefined;
      const server = await world().serve(room, {
        ask: async (text, ctx) => {
          inner = failureOf(ctx.client.confirm(text));
          late = () => failureOf(ctx.client.confirm('late'));
          await inner;
          return '';
        },
        announce: () => {},
        collect: () => 0,
        chat: () => [],
      });
      const asked = gate();
      const client = world().connect(room, {
        callbacks: {
          ...quietCallbacks,
          confirm: () => {
            asked.open();
            return new Promise(() => {});
          },
        },
      });
      client.ask('x').catch(() => {});
      await asked.opened;
      await client.close();
      expect(['UNAVAILABLE', 'CANCELLED']).toContain((await inner)?.code);
      await until(() => server.stats().connections === 0);
      expect(['UNAVAILABLE', 'FAILED_PRECONDITION', 'CANCELLED']).toContain((await late?.())?.code);
    });

    test('large messages of both directions at once do not meet', async () => {
      const large = 'x'.repeat(300_000);
      const service = defineService(
        'large',
        { go: { input: z.string(), output: z.string() } },
        { callbacks: { back: { input: z.string(), output: z.string() } } },
      );
      await world().serve(service, {
        go: async (text, ctx) => (await Promise.all([1, 2, 3].map(() => ctx.client.back(text)))).join(''),
      });
      const client = world().connect(service, { callbacks: { back: (text: string) => text } });
      const results = await Promise.all(Array.from({ length: 5 }, () => client.go(large)));
      for (const result of results) expect(result.length).toBe(900_000);
    });

    test('a client that has not said what it serves is told so, and one that serves nothing refuses calls', async () => {
      await serveRoom(world());
      expect(() => world().connect(room)).toThrow(/callbacks \(confirm, notify, numbers, spell\)/);
      expect(() => world().connect(room, { callbacks: { confirm: () => '' } })).toThrow(
        /notify, numbers, spell/,
      );
      const plain = defineService('plain', { go: {} });
      expect(() => world().connect(plain, { callbacks: {} })).toThrow(/declares no callbacks/);
    });

    test('callbacks are a part of the contract', () => {
      const other = defineService('plain', { go: {} }, { callbacks: { back: { input: z.string() } } });
      expect(() => defineService('plain', { go: {} }, { callback: {} } as never)).toThrow(
        /no option 'callback'/,
      );
      expect(other.go.kind).toBe('unary');
    });

    test('a server that calls where nothing is served, and one that calls with a wild id, break the protocol', async () => {
      await serveRoom(world());
      const raw = await RawClient.connect(world().bed.dialer(), room);
      // An answer to a call that the server has not made.
      raw.connection.send(Kind.reply, 0, 0, 5, 0, new Uint8Array(0), 0, 0);
      await until(() => raw.closed !== undefined);
    });

    test('whose keys differ on both sides are told apart by name; where there are none, by none', async () => {
      const contract = (callbacks?: Record<'tell', { input: z.ZodType; output: z.ZodType }>) =>
        defineService('keys', { go: { output: z.unknown() } }, callbacks && { callbacks });
      const tell = (keys: readonly string[]) => {
        const object = z.object(Object.fromEntries(keys.map((key) => [key, z.string().optional()])));
        return { tell: { input: object, output: object } };
      };
      await world().serve(contract(tell(['a', 'b', 'c'])), {
        go: async (_: undefined, ctx: { client: { tell(input: object): Promise<unknown> } }) =>
          await ctx.client.tell({ b: 'B', c: 'C' }).catch((error: RpcError) => error.code),
      } as never);
      const callbacks = { tell: (input: object) => input };
      const go = (service: ReturnType<typeof contract>, options: object) =>
        (world().connect(service, options) as unknown as { go(): Promise<unknown> }).go();
      const same = contract(tell(['a', 'b', 'c']));
      expect(await go(same, { callbacks })).toEqual({ b: 'B', c: 'C' });
      const fewer = contract(tell(['x', 'c', 'b']));
      expect(await go(fewer, { callbacks })).toEqual({ b: 'B', c: 'C' });
      expect(await go(contract(), {})).toBe('UNIMPLEMENTED');
    });

    test('that wait for a place at the client end with it', async () => {
      let waiting: Promise<RpcError>[] = [];
      await world().serve(room, {
        ask: () => '',
        announce: (_, ctx) => {
          waiting = detached(() => [ctx.client.confirm('x'), ctx.client.notify('x')].map(failureOf));
        },
        collect: () => 0,
        chat: () => [],
      });
      // It takes no calls.
      const raw = await RawClient.connect(world().bed.dialer(), room);
      raw.call(Kind.request, 'announce', 'x', 1);
      await until(() => raw.answersTo(1).length === 1);
      raw.connection.close();
      expect(waiting).toHaveLength(2);
      for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ maybeExecuted: false });
    });

    test('end at their deadline, whatever the server does', async () => {
      const raw = await RawServer.listen(world().bed.acceptor(), room);
      let reason: unknown;
      const client = world().connect(room, {
        callbacks: {
          ...quietCallbacks,
          confirm: (_, ctx) =>
            new Promise(() =>
              ctx.signal.addEventListener('abort', () => {
                reason = ctx.signal.reason;
              }),
            ),
        } satisfies CallbacksOf<typeof room>,
      });
      await client.ready();
      const text = createMsgpackCodec(echo, { named: false }).encodeInput(0, 'x');
      const body = text.bytes.slice(text.start, text.end);
      let callId = 0x4000_0000;
      // On a busy machine the time may be over before the client has begun.
      const answer = await withEnoughTime(30, async (ms) => {
        callId += 1;
        const sentMs = monotonicMs();
        raw.sendBytes(Kind.request, callId, body, { aux: deadlineToWire(sentMs + ms, sentMs) });
        await until(() => raw.received.some((message) => message.callId === callId));
        expect(monotonicMs()).toBeGreaterThanOrEqual(sentMs + ms);
        const ended = raw.received.find((message) => message.callId === callId);
        return ended?.flags === Flag.notExecuted ? undefined : ended;
      });
      expect(answer).toMatchObject({ kind: Kind.error, aux: statusNumber('DEADLINE_EXCEEDED') });
      expect(reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await client.close();
      await raw.close();
    });

    test('cannot be changed by who calls them', async () => {
      let frozen = false;
      await world().serve(room, {
        ask: (_, ctx) => {
          frozen = Object.isFrozen(ctx.client);
          return '';
        },
        announce: () => {},
        collect: () => 0,
        chat: () => [],
      });
      await world().connect(room, { callbacks: quietCallbacks }).ask('x');
      expect(frozen).toBe(true);
    });
  });
}
