import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { ServerCore } from '../../src/server/server.js';
import { type Connection, Kind } from '../../src/transport/transport.js';
import { tapped, type World } from './bed.js';
import { FaultDialer } from './fault-dialer.js';
import { RawClient } from './raw-client.js';
import { blobs, echo } from './services.js';
import { failureOf, gate, turn, until } from './waiting.js';

const quiet = { nothing: () => {}, note: () => {} };

export function describeConnections(world: () => World): void {
  describe('finding a server', () => {
    test('without one, a call ends after the connect budget and names every place tried', async () => {
      const client = world().connect(echo, { connectTimeoutMs: 40 });
      const error = await failureOf(client.say('x'));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: false });
      const { tried } = await world().bed.dialer().discover('echo');
      expect(tried.length).toBeGreaterThan(0);
      for (const place of tried) expect(error.message).toContain(place);
      expect((await failureOf(client.ready())).code).toBe('UNAVAILABLE');
    });

    test("a call's own deadline counts when it is earlier", async () => {
      const client = world().connect(echo, { connectTimeoutMs: 60_000 });
      const error = await failureOf(client.say('x', { timeoutMs: 30 }));
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
    });

    test('calls wait for a server that comes later', async () => {
      const client = world().connect(echo);
      const call = client.say('early');
      const ready = client.ready();
      await failureOf(client.say('impatient', { timeoutMs: 30 }));
      await world().serve(echo, { ...quiet, say: (text) => text });
      expect(await call).toBe('early');
      await ready;
    });

    test('a server that does not allow the caller is a final answer', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text }, { allow: () => false });
      const client = world().connect(echo, { connectTimeoutMs: 60_000 });
      const error = await failureOf(client.say('x'));
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED', maybeExecuted: false });
    });

    test('an allow option that throws refuses, and is logged', async () => {
      const broken = () => {
        throw new Error('no list of users');
      };
      await world().serve(echo, { ...quiet, say: (text) => text }, { allow: broken });
      expect(await failureOf(world().connect(echo).say('x'))).toMatchObject({ code: 'PERMISSION_DENIED' });
      expect(world().log[0]).toMatchObject({ level: 'error' });
    });
  });

  describe('the end of a connection', () => {
    test('a server that closes ends what runs, and says that it may have been executed', async () => {
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const client = world().connect(echo);
      const call = failureOf(client.say('x'));
      await until(() => signal !== undefined);
      await server.close();
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      expect(signal?.aborted).toBe(true);
    });

    test('the client connects again by itself', async () => {
      const first = await world().serve(echo, { ...quiet, say: () => 'first' });
      const client = world().connect(echo);
      expect(await client.say('')).toBe('first');
      await first.close();
      const call = client.say('');
      await world().serve(echo, { ...quiet, say: () => 'second' });
      expect(await call).toBe('second');
    });

    test('what was certainly not taken is sent once more, exactly as it was', async () => {
      const received: unknown[] = [];
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          received.push([text, ctx.metadata.trace, (ctx.deadline ?? 0) > 0]);
          return text;
        },
      });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const calls = [client.say('a', { metadata: { trace: '7' } }), client.say('b')];
      dialer.latest.cut({ frozen: true });
      expect(await Promise.all(calls)).toEqual(['a', 'b']);
      expect(received).toEqual([
        ['a', '7', true],
        ['b', undefined, true],
      ]);
      expect(statsOf(client).retries).toBe(2);
    });

    test('a call that went on to the server is not sent again', async () => {
      let runs = 0;
      const held = gate();
      await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          runs += 1;
          await held.opened;
          return text;
        },
      });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      const taken = failureOf(client.say('taken'));
      await until(() => runs === 1);
      dialer.latest.holding = 'all';
      const untaken = client.say('untaken');
      dialer.latest.cut({ frozen: true });
      expect(await taken).toMatchObject({ code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true });
      await until(() => runs === 2);
      held.open();
      expect(await untaken).toBe('untaken');
    });

    test('without proof nothing is sent again', async () => {
      let runs = 0;
      await world().serve(echo, { ...quiet, say: (text) => text + String(runs++) });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const call = failureOf(client.say('x'));
      dialer.latest.cut({ frozen: false, reason: 'hangup' });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      expect(await client.say('later')).toBe('later0');
    });

    test('a call is sent twice at most, and not when its bytes are lost', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const lost = failureOf(client.say('lost'));
      dialer.latest.cut({ frozen: true, withoutBytes: true });
      expect(await lost).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });

      dialer.holding = 'all';
      await until(() => dialer.connections.length === 2);
      dialer.latest.holding = 'all';
      const unlucky = failureOf(client.say('unlucky'));
      dialer.latest.cut({ frozen: true });
      await until(() => dialer.connections.length === 3 && dialer.latest.held.length === 1);
      dialer.latest.cut({ frozen: true });
      expect(await unlucky).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
    });

    test('a one-way call is never sent again, but counted', async () => {
      const notes: string[] = [];
      await world().serve(echo, { ...quiet, say: (text) => text, note: (text) => void notes.push(text) });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = [Kind.oneway];
      await client.note('lost');
      dialer.latest.cut({ frozen: true });
      await until(() => dialer.connections.length === 2);
      await client.note('kept');
      await until(() => notes.length === 1);
      expect(notes).toEqual(['kept']);
      expect(statsOf(client).lostOneways).toBe(1);
    });

    test('a retried call keeps its deadline and its signal', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const controller = new AbortController();
      const timed = failureOf(client.say('timed', { timeoutMs: 60 }));
      const aborted = failureOf(client.say('aborted', { signal: controller.signal }));
      await server.close();
      dialer.latest.cut({ frozen: true });
      await until(() => statsOf(client).waiting === 2);
      controller.abort();
      expect(await aborted).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
      expect(await timed).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
    });

    test('what was meant for one contract is not sent to another', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const call = failureOf(client.say('x'));
      await server.close();
      dialer.latest.cut({ frozen: true });
      await until(() => statsOf(client).waiting === 1);
      const other = defineService('echo', { say: { input: z.string(), output: z.string() }, added: {} });
      await world().serve(other, { say: (text) => text, added: () => {} });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
      expect(await client.say('fresh')).toBe('fresh');
    });

    test('calls that waited for a place wait for a server for as long as others do', async () => {
      const server = await world().serve(
        echo,
        { ...quiet, say: () => new Promise(() => {}) },
        { limits: { maxInFlightPerConnection: 1 } },
      );
      const client = world().connect(echo, { connectTimeoutMs: 50 });
      // By its end no timer is left of the time when the client had no connection.
      await failureOf(client.say('times out', { timeoutMs: 80 }));
      await until(() => server.stats().inFlight === 0);
      const calls = [failureOf(client.say('sent')), failureOf(client.say('waits'))];
      await until(() => server.stats().inFlight === 1);
      await server.close();
      const errors = await Promise.all(calls);
      expect(errors).toMatchObject([
        { code: 'UNAVAILABLE', maybeExecuted: true },
        { code: 'UNAVAILABLE', maybeExecuted: false },
      ]);
    });

    test('a server that is closed begins no call any more, also none of the batch in hand', async () => {
      const seen: string[] = [];
      const server: { close(): Promise<void> } = await world().serve(echo, {
        ...quiet,
        say: (text) => {
          seen.push(text);
          if (text === 'close') void server.close();
          return new Promise(() => {});
        },
      });
      const client = world().connect(echo, { connectTimeoutMs: 50 });
      await client.ready();
      const errors = await Promise.all(
        ['close', 'behind it', 'at the end'].map((text) => failureOf(client.say(text))),
      );
      expect(seen).toEqual(['close']);
      expect(errors.map(({ code }) => code)).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE']);
    });

    test('a server that is closing takes no further call, however long it was quiet', async () => {
      const seen: string[] = [];
      const server = await world().serve(
        echo,
        {
          ...quiet,
          say: (text) => {
            seen.push(text);
            return new Promise(() => {});
          },
        },
        { limits: { maxInFlightPerConnection: 1 } },
      );
      const client = world().connect(echo, { connectTimeoutMs: 50 });
      await client.ready();
      // A quiet connection is looked at in another order than a busy one.
      await new Promise((resolve) => setTimeout(resolve, 60));
      const calls = [failureOf(client.say('sent')), failureOf(client.say('waits'))];
      await until(() => server.stats().inFlight === 1);
      await server.close();
      expect(await Promise.all(calls)).toMatchObject([
        { code: 'UNAVAILABLE', maybeExecuted: true },
        { code: 'UNAVAILABLE', maybeExecuted: false },
      ]);
      expect(seen).toEqual(['sent']);
    });

    test('a server that gives more credit than its window is cut off', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.inject(Kind.credit, 0, 1);
      await until(() => dialer.connections.length === 2);
      expect(world().log).toMatchObject([{ level: 'warn', message: expect.stringContaining('credit') }]);
    });

    test('a server that sends what no server sends is cut off, and logged once', async () => {
      const handlers = { ...quiet, say: (text: string) => text };
      const server = new ServerCore(echo, handlers, { logger: world().logger });
      const connections: Connection[] = [];
      await server.listen(tapped(world().bed.acceptor(), (connection) => connections.push(connection)));
      const client = world().connect(echo);
      await client.ready();
      await until(() => connections.length === 1);
      connections[0]?.send(99 as Kind, 0, 0, 1, 0, new Uint8Array(0), 0, 0);
      await until(() => connections.length === 2);
      expect(world().log).toMatchObject([
        {
          level: 'warn',
          message: expect.stringContaining('a server broke the protocol'),
          fields: { service: 'echo', peer: { pid: process.pid } },
        },
      ]);
      expect(await client.say('again')).toBe('again');
      await client.close();
      await server.close();
    });

    test('a server that answers a call nobody made is cut off', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.inject(Kind.reply, 12_345);
      await until(() => dialer.connections.length === 2);
      expect(world().log).toMatchObject([{ level: 'warn', message: expect.stringContaining('12345') }]);
      expect(await client.say('again')).toBe('again');
    });
  });

  describe('what a connection is told', () => {
    test('that calls are waited for, and when they no longer are', async () => {
      const held = gate();
      await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          if (text === 'hold') await held.opened;
          return text;
        },
      });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      const { pending } = dialer.latest;
      await Promise.all([client.say('a'), client.say('b')]);
      expect(pending).toEqual([1, 0]);
      // A call that was given up is not waited for, though its answer is still to come.
      await failureOf(client.say('hold', { timeoutMs: 10 }));
      expect(pending).toEqual([1, 0, 1, 0]);
      await client.note('x');
      expect(pending).toEqual([1, 0, 1, 0]);
      held.open();
    });
  });

  describe('drain', () => {
    const feed = defineService('feed', { watch: { output: stream(z.number()) } });

    test('what is in flight is finished, new calls go elsewhere, nothing fails', async () => {
      const held = gate();
      const first = await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          await held.opened;
          return `first ${text}`;
        },
      });
      const client = world().connect(echo);
      const inFlight = client.say('in flight');
      await until(() => first.stats().inFlight === 1);
      const drained = first.drain();
      let done = false;
      void drained.then(() => {
        done = true;
      });
      const second = await world().serve(echo, { ...quiet, say: (text) => `second ${text}` });
      await until(() => second.stats().connections === 1 && statsOf(client).connections === 1);
      expect(await client.say('new')).toBe('second new');
      expect(done).toBe(false);
      expect(first.stats().inFlight).toBe(1);
      held.open();
      expect(await inFlight).toBe('first in flight');
      await drained;
      expect(first.stats().connections).toBe(0);
    });

    test('under load no call is lost while servers take turns', async () => {
      let served = 0;
      const handlers = {
        ...quiet,
        say: async (text: string) => {
          served += 1;
          await null;
          return text;
        },
      };
      let server = await world().serve(echo, handlers);
      const clients = [world().connect(echo), world().connect(echo)];
      let stop = false;
      const failures: unknown[] = [];
      const load = clients.flatMap((client) =>
        Array.from({ length: 8 }, async (_, worker) => {
          for (let i = 0; !stop; i += 1) {
            const text = `${worker}/${i}`;
            await client.say(text).then(
              (answer) => answer === text || failures.push(answer),
              (error) => failures.push(error),
            );
          }
        }),
      );
      for (let round = 0; round < 6; round += 1) {
        const before = served;
        await until(() => served > before + 200);
        const next = await world().serve(echo, handlers);
        await server.drain();
        server = next;
      }
      stop = true;
      await Promise.all(load);
      expect(failures).toEqual([]);
    });

    test('large calls that are on their way when the drain begins are served', async () => {
      const first = await world().serve(blobs, {
        upload: (bytes) => bytes.length,
        download: () => new Uint8Array(0),
        reverse: (bytes) => bytes,
      });
      const client = world().connect(blobs);
      await client.ready();
      const calls = Array.from({ length: 4 }, () => client.upload(new Uint8Array(4_000_000)));
      const drained = first.drain();
      expect(await Promise.all(calls)).toEqual([4_000_000, 4_000_000, 4_000_000, 4_000_000]);
      await drained;
    });

    test('the last answers reach a client that reads slowly before the connection closes', async () => {
      const server = await world().serve(
        blobs,
        {
          upload: (bytes) => bytes.length,
          download: (size) => new Uint8Array(size),
          reverse: (bytes) => bytes,
        },
        {},
        { ringBytes: 8_192 },
      );
      const raw = await RawClient.connect(world().bed.dialer(), blobs);
      raw.deaf = true;
      raw.call(Kind.request, 'download', 1_000_000, 1);
      await until(() => server.stats().calls === 1 && server.stats().inFlight === 0);
      const drained = server.drain({ timeoutMs: 60_000 });
      raw.control(Kind.goaway, 0);
      for (let i = 0; i < 200; i += 1) await turn();
      expect(server.stats().connections).toBe(1);
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.closed !== undefined);
      expect(raw.answersTo(1).map(({ bytes }) => bytes.length > 1_000_000)).toEqual([true]);
      await drained;
    });

    test('what is not finished in time ends with UNAVAILABLE', async () => {
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const call = failureOf(world().connect(echo).say('endless'));
      await until(() => signal !== undefined);
      await server.drain({ timeoutMs: 10 });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', origin: 'server', maybeExecuted: true });
      expect(signal?.aborted).toBe(true);
    });

    test('a handler that is told of it ends its stream in good order', async () => {
      let late: AbortSignal | undefined;
      const server = await world().serve(feed, {
        async *watch(_, ctx) {
          expect(ctx.draining.aborted).toBe(false);
          expect(ctx.draining).toBe(ctx.draining);
          yield 1;
          await new Promise((resolve) => ctx.draining.addEventListener('abort', resolve));
          late = ctx.draining;
          yield 2;
        },
      });
      const reader = world().connect(feed).watch();
      expect(await reader.next()).toEqual({ done: false, value: 1 });
      const drained = server.drain({ timeoutMs: 60_000 });
      expect(await reader.next()).toEqual({ done: false, value: 2 });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      await drained;
      expect(late?.aborted).toBe(true);
      expect(late?.reason).toMatchObject({ name: 'AbortError', message: 'the server is draining' });
    });

    test('a handler that asks for the first time while its server drains is told at once', async () => {
      const held = gate();
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: async (text, ctx) => {
          await held.opened;
          signal = ctx.draining;
          return text;
        },
      });
      const call = world().connect(echo).say('hello');
      await until(() => server.stats().inFlight === 1);
      const drained = server.drain({ timeoutMs: 60_000 });
      held.open();
      expect(await call).toBe('hello');
      await drained;
      expect(signal?.aborted).toBe(true);
    });

    test('closing twice, draining after closing, closing while draining', async () => {
      const handlers = { ...quiet, say: () => new Promise<string>(() => {}) };
      const one = await world().serve(echo, handlers);
      await Promise.all([one.close(), one.close()]);
      await one.drain();
      const two = await world().serve(echo, handlers);
      const call = failureOf(world().connect(echo).say('x'));
      await until(() => two.stats().inFlight === 1);
      const drained = two.drain({ timeoutMs: 60_000 });
      await two.close();
      await drained;
      expect((await call).code).toBe('UNAVAILABLE');
    });

    test('a client that goes silent does not hold a drain up beyond its timeout', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      await until(() => server.stats().connections === 1);
      dialer.latest.holding = [Kind.goaway];
      await server.drain({ timeoutMs: 20 });
      expect(server.stats().connections).toBe(0);
    });
  });
}
