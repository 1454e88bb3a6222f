import { describe, expect, test } from 'vitest';
import { ServerCore } from '../../src/server/server.js';
import { type Connection, Kind } from '../../src/transport/transport.js';
import { tapped, type World } from './bed.js';
import { FaultDialer } from './fault-dialer.js';
import { echo, quiet } from './services.js';
import { failureOf, gate, until } from './waiting.js';

/** Waits until the client is connected, however short it waits for that itself. */
async function connected(client: { ready(): Promise<void> }): Promise<void> {
  const attempt = () =>
    client.ready().then(
      () => true,
      () => false,
    );
  while (!(await attempt()));
}

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

    test('calls that waited for a place wait for a server for as long as others do', async () => {
      const server = await world().serve(
        echo,
        { ...quiet, say: () => new Promise(() => {}) },
        { limits: { maxInFlightPerConnection: 1 } },
      );
      const client = world().connect(echo, { connectTimeoutMs: 50 });
      await connected(client);
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
      await connected(client);
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
      await connected(client);
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
}
