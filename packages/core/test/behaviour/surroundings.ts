import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { type ClientInterceptor, syncInterceptor } from '../../src/client/interceptor.js';
import type { Metadata } from '../../src/contract/types.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { health } from '../../src/health/health.js';
import type { CallEvent, ConnectionEvent } from '../../src/observe/events.js';
import type { ServerInterceptor } from '../../src/server/interceptor.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { blobs, echo, quiet, shop } from './services.js';
import { failureOf, gate, until } from './waiting.js';

export function describeSurroundings(world: () => World): void {
  describe('metadata', () => {
    test('travels with the call, and trailers with the answer', async () => {
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          ctx.trailers['cache-hit'] = 'no';
          ctx.trailers.server = 'ü';
          return `${text} ${ctx.metadata.user} ${Object.keys(ctx.metadata).length}`;
        },
      });
      const client = world().connect(echo);
      let trailers: Metadata | undefined;
      const onTrailers = (received: Metadata) => {
        trailers = received;
      };
      expect(await client.say('a', { metadata: { user: 'émile', 'trace-id': '' }, onTrailers })).toBe(
        'a émile 2',
      );
      expect(trailers).toEqual({ 'cache-hit': 'no', server: 'ü' });
      trailers = undefined;
      expect(await client.say('b', { onTrailers })).toBe('b undefined 0');
      expect(trailers).toEqual({ 'cache-hit': 'no', server: 'ü' });
    });

    test('comes with errors, declared or not, and with calls that had to wait', async () => {
      await world().serve(shop, {
        buy: (_, ctx) => {
          ctx.trailers['retry-after'] = '5';
          throw ctx.error('CLOSED');
        },
        check: () => {
          throw new RpcError('UNAUTHENTICATED', 'who?', { metadata: { realm: 'shop' } });
        },
      });
      const client = world().connect(shop);
      const declared = await failureOf(client.buy({ sku: 'pen', count: 1 }, { metadata: { a: 'b' } }));
      expect(declared).toMatchObject({ reason: 'CLOSED', metadata: { 'retry-after': '5' } });
      expect(await failureOf(client.check('x'))).toMatchObject({ metadata: { realm: 'shop' } });
    });

    test('that cannot travel is refused', async () => {
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          ctx.trailers.Big = 'upper case';
          return text;
        },
      });
      const client = world().connect(echo);
      for (const metadata of [{ Upper: 'x' }, { key: 7 as never }, { key: 'x'.repeat(20_000) }]) {
        expect(await failureOf(client.say('x', { metadata }))).toMatchObject({
          code: 'INVALID_ARGUMENT',
          origin: 'client',
        });
      }
      expect(await failureOf(client.say('x'))).toMatchObject({ code: 'INTERNAL', origin: 'server' });
    });

    test('one-way calls carry it, too', async () => {
      const seen: (string | undefined)[] = [];
      await world().serve(echo, {
        ...quiet,
        say: (text) => text,
        note: (_, ctx) => void seen.push(ctx.metadata.k),
      });
      await world()
        .connect(echo)
        .note('x', { metadata: { k: 'v' } });
      await until(() => seen.length === 1);
      expect(seen).toEqual(['v']);
    });
  });

  describe('interceptors', () => {
    test('stand around calls on both sides, outermost first', async () => {
      const trace: string[] = [];
      const serverSide =
        (name: string): ServerInterceptor =>
        async (call, next) => {
          trace.push(
            `${name} > ${call.service}/${call.method} ${String(call.input)} ${call.ctx.metadata.by}`,
          );
          const result = await next();
          trace.push(`${name} <`);
          return result;
        };
      const clientSide =
        (name: string): ClientInterceptor =>
        async (call, next) => {
          trace.push(`${name} >`);
          const result = await next({ ...call.options, metadata: { ...call.options.metadata, by: name } });
          trace.push(`${name} < ${String(result)}`);
          return `${String(result)}!`;
        };
      await world().serve(
        echo,
        { ...quiet, say: (text) => text },
        { interceptors: [serverSide('s1'), serverSide('s2')] },
      );
      const client = world().connect(echo, { interceptors: [clientSide('c1'), clientSide('c2')] });
      expect(await client.say('x')).toBe('x!!');
      expect(trace).toEqual([
        'c1 >',
        'c2 >',
        's1 > echo/say x c2',
        's2 > echo/say x c2',
        's2 <',
        's1 <',
        'c2 < x',
        'c1 < x!',
      ]);
    });

    test('may refuse, and see failures', async () => {
      const auth: ServerInterceptor = async (call, next) => {
        if (call.ctx.metadata.token !== 'good') throw new RpcError('UNAUTHENTICATED', 'no valid token');
        return next();
      };
      let ran = 0;
      await world().serve(echo, { ...quiet, say: (text) => text + String(ran++) }, { interceptors: [auth] });
      const codes: string[] = [];
      const watching: ClientInterceptor = async (_, next) => {
        try {
          return await next();
        } catch (error) {
          codes.push(RpcError.from(error).code);
          throw error;
        }
      };
      const client = world().connect(echo, { interceptors: [watching] });
      expect(await failureOf(client.say('x'))).toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(ran).toBe(0);
      expect(await client.say('x', { metadata: { token: 'good' } })).toBe('x0');
      expect(codes).toEqual(['UNAUTHENTICATED']);
    });

    test('stand around one-way calls; what they return instead of a result is still judged', async () => {
      const seen: string[] = [];
      const count: ServerInterceptor = async (call, next) => {
        seen.push(call.kind);
        await next();
        return 12 as unknown;
      };
      await world().serve(echo, { ...quiet, say: (text) => text }, { interceptors: [count] });
      const client = world().connect(echo);
      await client.note('x');
      expect(await failureOf(client.say('x'))).toMatchObject({ code: 'INTERNAL' });
      await until(() => seen.length === 2);
      expect(seen).toEqual(['oneway', 'unary']);
    });

    test('a synchronous one serves ordinary calls, too', async () => {
      await world().serve(echo, { ...quiet, say: (_, ctx) => `${ctx.metadata.added}` });
      const add = syncInterceptor((call, next) => next({ ...call.options, metadata: { added: 'yes' } }));
      expect(
        await world()
          .connect(echo, { interceptors: [add] })
          .say('x'),
      ).toBe('yes');
    });
  });

  describe('health', () => {
    test('every server answers it: over a client, or over a client of its own', async () => {
      const held = gate();
      const server = await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          await held.opened;
          return text;
        },
      });
      const client = world().connect(echo);
      const call = client.say('x');
      await until(() => server.stats().inFlight === 1);
      const report = await client.health();
      expect(report).toMatchObject({ status: 'SERVING', service: 'echo', pid: process.pid, inFlight: 1 });
      expect(report.uptimeMs).toBeGreaterThan(0);
      const doctor = world().connect(health, { of: 'echo' });
      expect(await doctor.check()).toMatchObject({ status: 'SERVING', service: 'echo' });
      held.open();
      await call;
    });

    test('is answered while the server is at its limit, and says when it drains', async () => {
      const held = gate();
      const server = await world().serve(
        echo,
        {
          ...quiet,
          say: async (text) => {
            await held.opened;
            return text;
          },
        },
        { limits: { maxInFlight: 1 } },
      );
      const calls = [world().connect(echo).say('x'), world().connect(echo).say('y')];
      await until(() => server.stats().waitingConnections === 1);
      const doctor = world().connect(health, { of: 'echo' });
      expect(await doctor.check()).toMatchObject({ inFlight: 1 });
      held.open();
      await Promise.all(calls);
    });

    test('a connection made for health gives no access to the service', async () => {
      let ran = 0;
      await world().serve(echo, { ...quiet, nothing: () => void ran++, say: (text) => text });
      const raw = await RawClient.connect(world().bed.dialer(), echo, 'doorcall.health');
      raw.call(Kind.request, 'nothing', undefined, 1);
      await until(() => raw.answersTo(1).length === 1);
      expect(raw.answersTo(1)[0]).toMatchObject({ kind: Kind.error, aux: 12 });
      expect(ran).toBe(0);
      raw.connection.close();
    });
  });

  describe('observation', () => {
    test('calls and connections are told to diagnostics_channel', async () => {
      const calls: [string, CallEvent][] = [];
      const connections: [string, ConnectionEvent][] = [];
      const onCall = (message: unknown, name: string | symbol) =>
        void calls.push([String(name), message as CallEvent]);
      const onConnection = (message: unknown, name: string | symbol) =>
        void connections.push([String(name), message as ConnectionEvent]);
      subscribe('doorcall:client:call', onCall);
      subscribe('doorcall:server:call', onCall);
      subscribe('doorcall:client:connection', onConnection);
      subscribe('doorcall:server:connection', onConnection);
      try {
        const server = await world().serve(shop, {
          buy: (_, ctx) => {
            throw ctx.error('CLOSED');
          },
          check: (text) => text,
        });
        const client = world().connect(shop);
        await client.check('fine');
        await failureOf(client.buy({ sku: 'pen', count: 1 }));
        await client.close();
        await until(() => server.stats().connections === 0);
      } finally {
        unsubscribe('doorcall:client:call', onCall);
        unsubscribe('doorcall:server:call', onCall);
        unsubscribe('doorcall:client:connection', onConnection);
        unsubscribe('doorcall:server:connection', onConnection);
      }
      expect(calls.map(([name, { method, code }]) => `${name} ${method} ${code}`)).toEqual([
        'doorcall:server:call check OK',
        'doorcall:client:call check OK',
        'doorcall:server:call buy UNAVAILABLE',
        'doorcall:client:call buy UNAVAILABLE',
      ]);
      for (const [, { durationMs }] of calls) expect(durationMs).toBeGreaterThan(0);
      expect(connections.map(([name, { state }]) => `${name} ${state}`).sort()).toEqual([
        'doorcall:client:connection closed',
        'doorcall:client:connection open',
        'doorcall:server:connection closed',
        'doorcall:server:connection open',
      ]);
    });

    test('a logger that throws does no harm', async () => {
      const broken = () => {
        throw new Error('disk full');
      };
      await world().serve(
        echo,
        {
          ...quiet,
          say: () => {
            throw new Error('handler');
          },
        },
        { logger: { warn: broken, error: broken } },
      );
      expect(await failureOf(world().connect(echo).say('x'))).toMatchObject({ code: 'UNKNOWN' });
    });

    test('the context tells who calls', async () => {
      let peer: unknown;
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          peer = ctx.peer;
          return text;
        },
      });
      await world().connect(echo).say('x');
      expect(peer).toEqual({ uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid });
    });
  });

  describe('.sync()', () => {
    test('is refused where nobody could answer, and says why', async () => {
      await world().serve(blobs, {
        upload: (bytes) => bytes.length,
        download: () => new Uint8Array(0),
        reverse: (bytes) => bytes,
      });
      const client = world().connect(blobs);
      const attempt = () => client.upload.sync(new Uint8Array(1));
      expect(attempt).toThrow(/FAILED_PRECONDITION: blobs\/upload .* client\.ready\(\)/);
      await client.ready();
      expect(attempt).toThrow(/FAILED_PRECONDITION: .* this thread/);
      const wrapped = world().connect(blobs, { interceptors: [async (_, next) => next()] });
      await wrapped.ready();
      expect(() => wrapped.upload.sync(new Uint8Array(1))).toThrow(/FAILED_PRECONDITION: .* interceptor/);
      await client.close();
      expect(attempt).toThrow(/FAILED_PRECONDITION: .* closed/);
    });
  });
}
