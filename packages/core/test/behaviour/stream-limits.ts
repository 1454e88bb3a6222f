import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/client/stub.js';
import type { World } from './bed.js';
import { edges, handlers, item, never, Source, settle } from './edges-service.js';
import { failureOf, gate, until } from './waiting.js';

/** Streams that wait for a place, and drains that wait for them. */
export function describeStreamLimits(world: () => World): void {
  describe('streams and limits', () => {
    /** Handlers that begin to read when they are told to. */
    function held() {
      const go = gate();
      const begun: string[] = [];
      return {
        go,
        begun,
        handlers: {
          ...handlers,
          async sum(items: AsyncIterable<number>) {
            begun.push('sum');
            await go.opened;
            return handlers.sum(items);
          },
          async *count(to: number) {
            begun.push('count');
            yield* handlers.count(to);
            await go.opened;
          },
        },
      };
    }

    test('streams wait for a place at the client like calls', async () => {
      const { go, begun, handlers } = held();
      await world().serve(edges, handlers, { limits: { maxInFlightPerConnection: 2 } });
      const client = world().connect(edges);
      const counts = [client.count(1), client.count(1)];
      for (const reader of counts) await reader.next();
      const source = new Source(item);
      const sum = client.sum(source);
      const said = client.say('third');
      await settle();
      expect(statsOf(client)).toMatchObject({ inFlight: 2, waiting: 2 });
      // An input is not begun before its call is.
      expect(source.asked).toBe(0);
      await counts[0]?.return();
      await until(() => begun.includes('sum') && source.asked > 0);
      await counts[1]?.return();
      expect(await said).toBe('third');
      go.open();
      const stopped = failureOf(sum);
      await client.close();
      expect((await stopped).code).toBe('CANCELLED');
      await source.closed.opened;
    });

    test('a call that was never sent because streams hold all places says so', async () => {
      await world().serve(edges, held().handlers, { limits: { maxInFlightPerConnection: 2 } });
      const client = world().connect(edges);
      const readers = [client.count(1), client.count(1)];
      await Promise.all(readers.map((reader) => reader.next()));
      expect(await failureOf(client.say('third', { timeoutMs: 20 }))).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        maybeExecuted: false,
        message:
          'DEADLINE_EXCEEDED: edges/say was not answered within 20 ms: it was not sent, for 2 calls of this connection ' +
          'have no answer yet, 2 of them open streams, and the server takes 2 (maxInFlightPerConnection)',
      });
      for (const reader of readers) await reader.return();
      expect(await client.say('fourth')).toBe('fourth');
    });

    test('calls that wait in the server keep their items, one window of them', async () => {
      const { go, begun, handlers } = held();
      const server = await world().serve(edges, handlers, {
        limits: { maxInFlight: 1, streamWindowItems: 8 },
      });
      const occupant = world().connect(edges);
      const reader = occupant.count(1);
      await reader.next();
      const client = world().connect(edges);
      const sources = [0, 1].map(
        () => new Source((index) => (index < 100 ? item(index) : Promise.resolve({ done: true }))),
      );
      const sums = sources.map((source) => client.sum(source));
      await until(() => sources.every(({ asked }) => asked === 8));
      await settle();
      expect(sources.map(({ asked }) => asked)).toEqual([8, 8]);
      expect(begun).toEqual(['count']);
      expect(server.stats().inFlight).toBe(1);
      await reader.return();
      go.open();
      expect(await Promise.all(sums)).toEqual([4_950, 4_950]);
      await until(() => server.stats().inFlight === 0);
    });

    test('a call that waits there can be cancelled, and refused for what it sends', async () => {
      const { begun, handlers } = held();
      const server = await world().serve(edges, handlers, { limits: { maxInFlight: 1 } });
      const occupant = world().connect(edges);
      const reader = occupant.count(1);
      await reader.next();
      const client = world().connect(edges);
      const controller = new AbortController();
      const source = new Source((index) => (index === 0 ? item(0) : never()));
      const cancelled = failureOf(client.sum(source, { signal: controller.signal }));
      await until(() => source.asked === 2);
      controller.abort();
      expect(await cancelled).toMatchObject({ code: 'CANCELLED' });
      await source.closed.opened;
      expect(await failureOf(client.sum(['no'] as never))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        maybeExecuted: false,
      });
      await until(() => statsOf(client).inFlight === 0);
      await reader.return();
      expect(await client.say('free')).toBe('free');
      expect(begun).toEqual(['count']);
      await until(() => server.stats().inFlight === 0);
    });

    test('a drain waits for streams in both directions, and new ones go elsewhere', async () => {
      const server = await world().serve(edges, handlers);
      const client = world().connect(edges);
      const more = gate();
      const source = new Source(async (index) => {
        if (index === 3) await more.opened;
        return index < 6 ? { done: false, value: index } : { done: true };
      });
      const doubled: number[] = [];
      const reading = (async () => {
        for await (const each of client.double(source)) doubled.push(each);
      })();
      await until(() => doubled.length === 3);
      const drained = server.drain();
      await settle();
      const next = await world().serve(edges, { ...handlers, say: () => 'the next one' });
      expect(await client.say('who?')).toBe('the next one');
      more.open();
      await reading;
      expect(doubled).toEqual([0, 2, 4, 6, 8, 10]);
      await drained;
      expect(next.stats().connections).toBe(1);
    });

    test('a drain whose time is up ends streams, and closes their sources', async () => {
      const ended = gate();
      const summing = gate();
      const server = await world().serve(edges, {
        ...handlers,
        async *count(_, ctx) {
          try {
            yield 1;
            await new Promise((_resolve, reject) =>
              ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)),
            );
          } finally {
            ended.open();
          }
        },
        sum(items) {
          summing.open();
          return handlers.sum(items);
        },
      });
      const client = world().connect(edges);
      const reader = client.count(1);
      await reader.next();
      const source = new Source((index) => (index === 0 ? item(0) : never()));
      const sum = failureOf(client.sum(source));
      await Promise.all([summing.opened, until(() => source.asked === 2)]);
      await server.drain({ timeoutMs: 20 });
      expect(await failureOf(reader.next())).toMatchObject({ code: 'UNAVAILABLE', origin: 'server' });
      expect(await sum).toMatchObject({ code: 'UNAVAILABLE', origin: 'server' });
      await Promise.all([ended.opened, source.closed.opened]);
    });
  });
}
