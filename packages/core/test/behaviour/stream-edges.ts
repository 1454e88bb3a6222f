import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { collect, edges, handlers, item, never, SMALL, Source, settle } from './edges-service.js';
import { RawClient } from './raw-client.js';
import { RawServer } from './raw-server.js';
import { failureOf, gate, until } from './waiting.js';

/** Streams where one thing happens beside another. */
export function describeStreamEdges(world: () => World): void {
  describe('streams that end before they begin', () => {
    test.each(['nothing', 'something'])(
      'a call with %s in its input that is given up in the queue leaves no trace',
      async (what) => {
        const raw = await RawServer.listen(world().bed.acceptor(SMALL), edges, { maxInFlight: 1_000 });
        const client = world().connect(edges, {}, SMALL);
        raw.deaf = true;
        // Small ones: nothing passes them.
        const text = 'x'.repeat(100);
        const calls = Array.from({ length: 900 }, () => client.say(text));
        const ended = Promise.allSettled(calls);
        await client.ready();
        await settle();
        const source = new Source((index) =>
          what === 'something' ? item(index) : Promise.resolve({ done: true }),
        );
        const error = await failureOf(client.sum(source, { timeoutMs: 20 }));
        expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
        if (what === 'something') await source.closed.opened;
        raw.deaf = false;
        raw.connection.resume();
        await until(() => raw.received.length >= 900);
        await client.close();
        await ended;
        await until(() => raw.closed !== undefined);
        const kinds = raw.received.map(({ kind }) => kind);
        expect(kinds).not.toContain(Kind.input);
        expect(kinds).not.toContain(Kind.inputEnd);
        await raw.close();
      },
    );

    test('nothing of a stream passes a request that is large because of its metadata', async () => {
      await world().serve(edges, handlers, {}, SMALL);
      const client = world().connect(edges, {}, SMALL);
      const metadata = { large: 'x'.repeat(8_000) };
      expect(await client.sum([], { metadata })).toBe(0);
      expect(await client.sum([1, 2], { metadata })).toBe(3);
      expect(world().log).toEqual([]);
    });

    test('a deadline that passes in mid-stream is told before the end of the input', async () => {
      const raw = await RawServer.listen(world().bed.acceptor(), edges);
      const client = world().connect(edges);
      // Then the request and its item leave before any timer fires.
      await client.ready();
      const source = new Source((index) => (index === 0 ? item(0) : never()));
      const error = await failureOf(client.sum(source, { timeoutMs: 30 }));
      expect(error.code).toBe('DEADLINE_EXCEEDED');
      await source.closed.opened;
      await until(() => raw.received.some(({ kind }) => kind === Kind.inputEnd));
      // Half an input must not look like a whole one.
      expect(raw.received.map(({ kind }) => kind)).toEqual([
        Kind.request,
        Kind.input,
        Kind.cancel,
        Kind.inputEnd,
      ]);
      await client.close();
      await raw.close();
    });

    test('credit that comes for a call that was given up is nobody’s', async () => {
      const raw = await RawServer.listen(world().bed.acceptor(), edges);
      const client = world().connect(edges);
      const controller = new AbortController();
      const source = new Source((index) => (index === 0 ? item(0) : never()));
      const sum = failureOf(client.sum(source, { signal: controller.signal }));
      const callId = await raw.request(0);
      controller.abort();
      expect((await sum).code).toBe('CANCELLED');
      await until(() => raw.received.some(({ kind }) => kind === Kind.inputEnd));
      raw.send(Kind.inputWindow, callId, { aux: 1, items: 1 });
      raw.send(Kind.inputWindow, callId, { flags: Flag.stop });
      raw.send(Kind.error, callId, { aux: 1 });
      await until(() => statsOf(client).inFlight === 0);
      expect(world().log).toEqual([]);
      await client.close();
      await raw.close();
    });

    test('a handler that reads no further closes the source at once, and goes on', async () => {
      const answer = gate();
      await world().serve(edges, {
        ...handlers,
        async sum(items) {
          for await (const each of items) if (each === 3) break;
          await answer.opened;
          return 3;
        },
      });
      const client = world().connect(edges);
      const source = new Source((index) => (index < 10 ? item(index) : never()));
      const sum = client.sum(source);
      await source.closed.opened;
      expect(statsOf(client).inFlight).toBe(1);
      answer.open();
      expect(await sum).toBe(3);
    });

    test('a client that is gone closes generators that wait for credit, and fails who reads', async () => {
      const ends: string[] = [];
      const server = await world().serve(edges, {
        ...handlers,
        *count() {
          try {
            for (let i = 0; ; i += 1) yield i;
          } finally {
            ends.push('count');
          }
        },
        async sum(items) {
          try {
            return await handlers.sum(items);
          } catch (error) {
            ends.push(RpcError.from(error).code);
            throw error;
          }
        },
      });
      const raw = await RawClient.connect(world().bed.dialer(), edges);
      raw.call(Kind.request, 'count', 0, 1);
      raw.call(Kind.request, 'sum', undefined, 2);
      await until(() => server.stats().inFlight === 2 && raw.received.length > 0);
      raw.connection.close();
      await until(() => ends.length === 2);
      expect(ends.sort()).toEqual(['CANCELLED', 'count']);
    });

    test('whoever waits for an item that is judged asynchronously, and is bad, gets the error', async () => {
      const judged = defineService('judged', {
        sum: { input: stream(z.number().refine(async (each) => each !== 13)), output: z.number() },
      });
      const got: unknown[] = [];
      await world().serve(judged, {
        async sum(items) {
          const reader = items[Symbol.asyncIterator]();
          got.push(await reader.next().catch(RpcError.from));
          return 0;
        },
      });
      const error = await failureOf(world().connect(judged).sum([13]));
      expect(error.code).toBe('INVALID_ARGUMENT');
      await until(() => got.length === 1);
      expect(got[0]).toMatchObject({ code: 'INVALID_ARGUMENT' });
    });

    test('what the caller does itself counts at once; what the server does, behind its items', async () => {
      await world().serve(edges, {
        ...handlers,
        async *count(to) {
          yield* handlers.count(to);
          throw new RpcError('ABORTED', 'after the last');
        },
      });
      const client = world().connect(edges);
      const failing = client.count(2);
      const controller = new AbortController();
      const endless = client.count(1e9, { signal: controller.signal });
      await endless.next();
      await client.say('a window of them is here');
      controller.abort();
      expect(await collect(endless)).toMatchObject([{ code: 'CANCELLED' }]);
      expect(await collect(failing)).toMatchObject([{ value: 0 }, { value: 1 }, { code: 'ABORTED' }]);
    });

    test('the end of the connection closes the sources of all calls, answered ones included', async () => {
      const raw = await RawServer.listen(world().bed.acceptor(), edges);
      const client = world().connect(edges);
      const sources = [0, 1].map(() => new Source((index) => (index === 0 ? item(0) : never())));
      const calls = sources.map((source) => failureOf(client.sum(source)));
      await raw.request(1);
      await until(() => raw.received.filter(({ kind }) => kind === Kind.input).length === 2);
      raw.connection.close('enough');
      for (const call of calls)
        expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      for (const source of sources) await source.closed.opened;
      await client.close();
      await raw.close();
    });
  });

  describe('an input that cannot be ended yet', () => {
    /** A call that has sent an item, over a connection that takes nothing more. */
    async function blocked(method: 'sum' | 'double', signal = new AbortController().signal) {
      const raw = await RawServer.listen(world().bed.acceptor(SMALL), edges, { maxInFlight: 1_000 });
      const client = world().connect(edges, {}, SMALL);
      const source = new Source((index) => (index === 0 ? item(0) : never()));
      const call = client[method](source, { signal });
      const outcome = call instanceof Promise ? call : call.next();
      outcome.catch(() => {});
      const callId = await raw.request(0);
      await until(() => raw.received.some(({ kind }) => kind === Kind.input));
      raw.deaf = true;
      const others = Promise.allSettled(Array.from({ length: 900 }, () => client.say('x'.repeat(100))));
      await settle();
      const end = async () => {
        raw.deaf = false;
        raw.connection.resume();
        await client.close();
        await Promise.all([others, outcome.catch(() => {})]);
        await raw.close();
      };
      return { raw, client, source, callId, outcome, end };
    }

    test('keeps the id of its call in use, although that is answered', async () => {
      const { raw, client, source, callId, outcome, end } = await blocked('sum');
      raw.sendValue(Kind.reply, 'sum', callId, 5);
      expect(await outcome).toBe(5);
      await source.closed.opened;
      expect(statsOf(client).inFlight).toBe(901);
      // Credit that was on its way is nobody's any more.
      raw.send(Kind.inputWindow, callId, { aux: 1, items: 1 });
      await settle();
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.received.some(({ kind }) => kind === Kind.inputEnd));
      await until(() => statsOf(client).inFlight === 900);
      expect(world().log).toEqual([]);
      await end();
    });

    test('may still be given credit when its call was given up', async () => {
      const controller = new AbortController();
      const { raw, client, source, callId, outcome, end } = await blocked('sum', controller.signal);
      controller.abort();
      expect((await failureOf(outcome)).code).toBe('CANCELLED');
      await source.closed.opened;
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.received.some(({ kind }) => kind === Kind.inputEnd));
      raw.send(Kind.inputWindow, callId, { aux: 1, items: 1 });
      raw.send(Kind.error, callId, { aux: 1 });
      await until(() => statsOf(client).inFlight === 900);
      expect(world().log).toEqual([]);
      await end();
    });

    test.each([
      ['answered twice', (raw: RawServer, id: number) => raw.send(Kind.reply, id), /answered call \d+/],
      [
        'sent an item after its answer',
        (raw: RawServer, id: number) => raw.sendValue(Kind.output, 'double', id, 1),
        /which has no open output/,
      ],
    ])('is no reason to take what is wrong: %s', async (_, commit, logged) => {
      const { raw, callId, outcome, end } = await blocked('double');
      raw.send(Kind.reply, callId);
      expect(await outcome).toMatchObject({ done: true });
      commit(raw, callId);
      await until(() => raw.closed !== undefined);
      await until(() => world().log.length > 0);
      expect(world().log).toMatchObject([{ message: expect.stringMatching(logged) }]);
      await end();
    });
  });
}
