import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { failureOf, gate, until } from './waiting.js';

export const flows = defineService('flows', {
  /** So many numbers, from 0. */
  count: { input: z.number(), output: stream(z.number()) },
  sum: { input: stream(z.number()), output: z.number() },
  double: { input: stream(z.number()), output: stream(z.number()) },
  /** Chunks of that many bytes each. */
  chunks: {
    input: z.object({ bytes: z.number(), count: z.number() }),
    output: stream(z.instanceof(Uint8Array)),
  },
  say: { input: z.string(), output: z.string() },
});

/** What the tests replace where they look closer. */
const handlers = {
  async *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
  async *double(items: AsyncIterable<number>) {
    for await (const item of items) yield item * 2;
  },
  *chunks({ bytes, count }: { bytes: number; count: number }) {
    for (let i = 0; i < count; i += 1) yield new Uint8Array(bytes).fill(i + 1);
  },
  say: (text: string) => text,
};

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

export function describeStreams(world: () => World): void {
  describe('streams', () => {
    test('a server stream brings all items in order, and its end', async () => {
      await world().serve(flows, handlers);
      const client = world().connect(flows);
      expect(await collect(client.count(3))).toEqual([0, 1, 2]);
      expect(await collect(client.count(0))).toEqual([]);
      // More than a window of them.
      expect(await collect(client.count(5_000))).toEqual(upTo(5_000));
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a client stream is read to its end, from iterables of every kind', async () => {
      await world().serve(flows, handlers);
      const client = world().connect(flows);
      expect(await client.sum([1, 2, 3])).toBe(6);
      expect(await client.sum([])).toBe(0);
      expect(await client.sum(handlers.count(5_000))).toBe((4_999 * 5_000) / 2);
      expect(await client.sum(new Set([4, 5]))).toBe(9);
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a bidi stream answers while it listens', async () => {
      await world().serve(flows, handlers);
      const client = world().connect(flows);
      const asked: number[] = [];
      let answered = gate();
      async function* items() {
        for (let i = 0; i < 5; i += 1) {
          asked.push(i);
          yield i;
          await answered.opened;
        }
      }
      const heard: number[] = [];
      for await (const item of client.double(items())) {
        heard.push(item);
        // Each is asked for when the one before was answered.
        expect(asked).toEqual(upTo(heard.length));
        const before = answered;
        answered = gate();
        before.open();
      }
      expect(heard).toEqual([0, 2, 4, 6, 8]);
      expect(await collect(client.double(upTo(3_000)))).toEqual(upTo(3_000).map((i) => i * 2));
      await until(() => statsOf(client).inFlight === 0);
    });

    test('items larger than a record and than the window come whole and in order', async () => {
      await world().serve(flows, handlers, { limits: { streamWindowBytes: 8192 } }, { ringBytes: 8192 });
      const client = world().connect(flows, { streamWindowBytes: 8192 }, { ringBytes: 8192 });
      const sizes = [0, 1, 1_000, 4_096, 8_192, 100_000, 1_000_000];
      for (const bytes of sizes) {
        const chunks = await collect(client.chunks({ bytes, count: 3 }));
        expect(chunks.map((chunk) => chunk.length)).toEqual([bytes, bytes, bytes]);
        for (const [i, chunk] of chunks.entries()) expect(chunk.every((byte) => byte === i + 1)).toBe(true);
      }
    });

    test('a reader that stops holds one window and stops its own writer only', async () => {
      let made = 0;
      await world().serve(flows, {
        ...handlers,
        async *count() {
          for (;;) yield made++;
        },
      });
      const client = world().connect(flows, { streamWindowItems: 10 });
      const slow = client.count(0);
      expect(await slow.next()).toEqual({ done: false, value: 0 });
      // Others go on, again and again, while nothing more is made for this one.
      for (let i = 0; i < 50; i += 1) expect(await client.say('x')).toBe('x');
      expect(await collect(client.double(upTo(500)))).toHaveLength(500);
      // What was read, a window of ten, and the one that waits in the source.
      expect(made).toBeLessThanOrEqual(12);
      for (let i = 1; i < 100; i += 1) expect((await slow.next()).value).toBe(i);
      await slow.return();
    });

    test('a handler that reads slowly stops its client', async () => {
      const go = gate();
      await world().serve(
        flows,
        {
          ...handlers,
          async sum(items) {
            await go.opened;
            return handlers.sum(items);
          },
        },
        { limits: { streamWindowItems: 8 } },
      );
      const client = world().connect(flows);
      let pulled = 0;
      function* items() {
        for (let i = 0; i < 1_000; i += 1) {
          pulled += 1;
          yield 1;
        }
      }
      const sum = client.sum(items());
      await until(() => pulled === 8);
      for (let i = 0; i < 50; i += 1) await client.say('x');
      expect(pulled).toBe(8);
      go.open();
      expect(await sum).toBe(1_000);
    });

    test('leaving the loop reaches the handler at once: its finally runs, its signal is aborted', async () => {
      let signal: AbortSignal | undefined;
      const ended = gate<string>();
      await world().serve(flows, {
        ...handlers,
        async *count(_, ctx) {
          signal = ctx.signal;
          try {
            for (let i = 0; ; i += 1) yield i;
          } finally {
            ended.open('finally');
          }
        },
      });
      const client = world().connect(flows);
      for await (const item of client.count(0)) if (item === 3) break;
      expect(await ended.opened).toBe('finally');
      await until(() => signal?.aborted === true && statsOf(client).inFlight === 0);
      expect(signal?.reason).toMatchObject({ code: 'CANCELLED' });
      expect(await client.say('goes on')).toBe('goes on');
    });

    test('throw() does the same and gives the error back; a stream that was left is done', async () => {
      const ended = gate();
      await world().serve(flows, {
        ...handlers,
        async *count() {
          try {
            for (let i = 0; ; i += 1) yield i;
          } finally {
            ended.open();
          }
        },
      });
      const reader = world().connect(flows).count(0);
      await reader.next();
      const error = new Error('mine');
      await expect(reader.throw(error)).rejects.toBe(error);
      await ended.opened;
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      expect(await reader.return()).toEqual({ done: true, value: undefined });
    });

    test('a stream that waits for nothing but its reader is closed by `await using`', async () => {
      const ended = gate();
      await world().serve(flows, {
        ...handlers,
        async *count() {
          try {
            yield 1;
            yield 2;
          } finally {
            ended.open();
          }
        },
      });
      const client = world().connect(flows, { streamWindowItems: 1 });
      const reader = client.count(0);
      await reader.next();
      await reader[Symbol.asyncDispose]();
      await ended.opened;
    });

    test('a generator that throws in the middle: the items before, then the error', async () => {
      await world().serve(flows, {
        ...handlers,
        async *count() {
          yield 1;
          yield 2;
          throw new Error('secret');
        },
      });
      const client = world().connect(flows);
      const reader = client.count(0);
      expect((await reader.next()).value).toBe(1);
      expect((await reader.next()).value).toBe(2);
      const error = await failureOf(reader.next());
      expect(error).toMatchObject({ code: 'UNKNOWN', origin: 'server', maybeExecuted: true });
      expect(error.message).not.toContain('secret');
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      expect(world().log.some(({ message }) => message === 'a handler failed')).toBe(true);
    });

    test('an invalid item of a handler ends its stream with INTERNAL and its index', async () => {
      const ended = gate();
      await world().serve(flows, {
        ...handlers,
        async *count() {
          try {
            yield 1;
            yield 'two' as never;
          } finally {
            ended.open();
          }
        },
      });
      const client = world().connect(flows);
      const reader = client.count(0);
      expect((await reader.next()).value).toBe(1);
      const error = await failureOf(reader.next());
      expect(error).toMatchObject({ code: 'INTERNAL', issues: [{ path: [1] }] });
      expect(error.message).toContain('item 1');
      await ended.opened;
    });

    test('an invalid item of a client ends its stream with INVALID_ARGUMENT and its index; the connection lives', async () => {
      let broken: unknown;
      await world().serve(flows, {
        ...handlers,
        async sum(items) {
          try {
            return await handlers.sum(items);
          } catch (error) {
            broken = error;
            throw error;
          }
        },
      });
      const client = world().connect(flows);
      const closed = gate();
      function* items() {
        try {
          yield 1;
          yield 2;
          yield 'three' as never;
          for (;;) yield 4;
        } finally {
          closed.open();
        }
      }
      const error = await failureOf(client.sum(items()));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', issues: [{ path: [2] }] });
      expect(error.message).toContain('item 2');
      // The iterator of a call that is over is closed.
      await closed.opened;
      await until(() => broken !== undefined);
      expect(broken).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await client.sum([5])).toBe(5);
      await until(() => statsOf(client).inFlight === 0);
    });

    test('items that are judged asynchronously keep their order', async () => {
      const judged = defineService('judged', {
        sum: {
          input: stream(z.number().refine(async (item) => item !== 13)),
          output: z.array(z.number()),
        },
      });
      await world().serve(judged, { sum: (items) => collect(items) });
      const client = world().connect(judged);
      expect(await client.sum(upTo(10))).toEqual(upTo(10));
      const error = await failureOf(client.sum([1, 13, 2]));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', issues: [{ path: [1] }] });
    });

    test("what the caller's iterable throws cancels the call and is the error's cause", async () => {
      let signal: AbortSignal | undefined;
      await world().serve(flows, {
        ...handlers,
        sum(items, ctx) {
          signal = ctx.signal;
          return handlers.sum(items);
        },
      });
      const client = world().connect(flows);
      const mine = new Error('the file is gone');
      async function* items() {
        yield 1;
        await until(() => signal !== undefined);
        throw mine;
      }
      const error = await failureOf(client.sum(items()));
      expect(error).toMatchObject({ code: 'CANCELLED', cause: mine });
      await until(() => signal?.aborted === true && statsOf(client).inFlight === 0);
      expect(await failureOf(client.sum(7 as never))).toMatchObject({ code: 'CANCELLED' });
      expect(await client.say('goes on')).toBe('goes on');
    });

    test('a handler that answers early, or stops reading, closes the iterable of the caller', async () => {
      await world().serve(flows, {
        ...handlers,
        async sum(items) {
          for await (const item of items) if (item === 3) return item;
          return -1;
        },
        async *double(items) {
          for await (const item of items) {
            yield item;
            break;
          }
          yield -1;
        },
      });
      const client = world().connect(flows);
      for (const run of [
        (items: Iterable<number>) => client.sum(items),
        (items: Iterable<number>) => collect(client.double(items)).then((all) => all[1]),
      ]) {
        const closed = gate();
        function* endless() {
          try {
            for (let i = 0; ; i += 1) yield i;
          } finally {
            closed.open();
          }
        }
        expect([3, -1]).toContain(await run(endless()));
        await closed.opened;
      }
      await until(() => statsOf(client).inFlight === 0);
    });

    test('deadlines and cancellation end both directions', async () => {
      const reasons: unknown[] = [];
      await world().serve(flows, {
        ...handlers,
        async *double(items) {
          try {
            for await (const item of items) yield item;
          } catch (error) {
            reasons.push(error);
            throw error;
          }
        },
      });
      const client = world().connect(flows);
      async function* never() {
        yield 1;
        await new Promise(() => {});
      }
      const late = client.double(never(), { timeoutMs: 50 });
      expect((await late.next()).value).toBe(1);
      expect(await failureOf(late.next())).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await until(() => reasons.length === 1);
      expect(reasons[0]).toMatchObject({ code: 'DEADLINE_EXCEEDED' });

      const controller = new AbortController();
      const aborted = client.double(never(), { signal: controller.signal });
      expect((await aborted.next()).value).toBe(1);
      const waiting = failureOf(aborted.next());
      controller.abort();
      expect(await waiting).toMatchObject({ code: 'CANCELLED', maybeExecuted: true });
      await until(() => reasons.length === 2 && statsOf(client).inFlight === 0);
      expect(reasons[1]).toMatchObject({ code: 'CANCELLED' });
    });

    test('a streaming call has no deadline of its own accord, and keeps a stated one', async () => {
      const deadlines: (number | undefined)[] = [];
      await world().serve(flows, {
        ...handlers,
        async *count(_, ctx) {
          deadlines.push(ctx.deadline);
          yield 1;
        },
      });
      const client = world().connect(flows, { defaultTimeoutMs: 1_000 });
      await collect(client.count(1));
      await collect(client.count(1, { timeoutMs: 60_000 }));
      expect(deadlines[0]).toBe(undefined);
      expect(deadlines[1]).toBeGreaterThan(Date.now());
    });

    test('metadata at the start, trailers at the end, also of an error', async () => {
      let got: unknown;
      await world().serve(flows, {
        ...handlers,
        async *count(to, ctx) {
          got = { ...ctx.metadata };
          ctx.trailers.made = String(to);
          yield 1;
          if (to === 2) throw new Error('no');
        },
      });
      const client = world().connect(flows);
      for (const to of [1, 2]) {
        const trailers: unknown[] = [];
        const onTrailers = (each: object) => void trailers.push({ ...each });
        await collect(client.count(to, { metadata: { tenant: 'a' }, onTrailers })).catch(() => {});
        expect(got).toEqual({ tenant: 'a' });
        expect(trailers).toEqual([{ made: String(to) }]);
      }
    });

    test('a handler that returns no iterable, and one that fails before it streams', async () => {
      await world().serve(flows, {
        ...handlers,
        count: (to) => {
          if (to === 0) return 5 as never;
          throw new Error('no');
        },
      });
      const client = world().connect(flows);
      expect(await failureOf(collect(client.count(0)))).toMatchObject({ code: 'INTERNAL' });
      expect(await failureOf(collect(client.count(1)))).toMatchObject({ code: 'UNKNOWN' });
    });

    test('several next() at once are answered in order, and by one end', async () => {
      await world().serve(flows, handlers);
      const reader = world().connect(flows).count(2);
      const results = await Promise.all([reader.next(), reader.next(), reader.next(), reader.next()]);
      expect(results.map(({ value, done }) => [value, done])).toEqual([
        [0, false],
        [1, false],
        [undefined, true],
        [undefined, true],
      ]);
    });

    test('many streams on one connection all come to their end', async () => {
      await world().serve(flows, handlers, {}, { ringBytes: 4096 });
      const client = world().connect(flows, {}, { ringBytes: 4096 });
      const streams = upTo(40).map((i) =>
        i % 2 === 0 ? collect(client.double(upTo(300))) : collect(client.chunks({ bytes: 2_000, count: 20 })),
      );
      const sizes = (await Promise.all(streams)).map((items) => items.length);
      expect(sizes).toEqual(upTo(40).map((i) => (i % 2 === 0 ? 300 : 20)));
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a client that is closed, and one that is gone, end the generators of the server', async () => {
      let ended = 0;
      let running = 0;
      const server = await world().serve(flows, {
        ...handlers,
        async *count(_, ctx) {
          running += 1;
          try {
            yield 1;
            await new Promise((_resolve, reject) =>
              ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)),
            );
          } finally {
            ended += 1;
          }
        },
      });
      const client = world().connect(flows);
      const reader = client.count(1);
      await reader.next();
      const next = failureOf(reader.next());
      await client.close();
      expect(await next).toMatchObject({ code: 'CANCELLED' });
      await until(() => ended === 1);
      const raw = await RawClient.connect(world().bed.dialer(), flows);
      raw.call(Kind.request, 'count', 1, 1);
      await until(() => running === 2);
      raw.connection.close();
      await until(() => ended === 2 && server.stats().inFlight === 0);
    });

    test('a server that closes ends streams with UNAVAILABLE, a drain lets them finish', async () => {
      const go = gate();
      const draining = await world().serve(flows, {
        ...handlers,
        async *count() {
          yield 1;
          await go.opened;
          yield 2;
        },
      });
      const client = world().connect(flows);
      const reader = client.count(0);
      await reader.next();
      const drained = draining.drain();
      go.open();
      expect((await reader.next()).value).toBe(2);
      expect((await reader.next()).done).toBe(true);
      await drained;
      const closing = await world().serve(flows, {
        ...handlers,
        async *count() {
          yield 1;
          await new Promise(() => {});
        },
      });
      const other = client.count(0);
      await other.next();
      await closing.close();
      expect(await failureOf(other.next())).toMatchObject({ code: 'UNAVAILABLE' });
    });

    test('interceptors stand around streams on both sides', async () => {
      const seen: string[] = [];
      await world().serve(flows, handlers, {
        interceptors: [
          async (call, next) => {
            seen.push(`server ${call.method} ${call.kind}`);
            return next();
          },
        ],
      });
      const client = world().connect(flows, {
        interceptors: [
          async (call, next) => {
            seen.push(`client ${call.method} ${call.kind}`);
            return next({ ...call.options, metadata: { seen: 'yes' } });
          },
        ],
      });
      expect(await collect(client.count(2))).toEqual([0, 1]);
      expect(await client.sum([1, 2])).toBe(3);
      expect(seen).toEqual([
        'client count server-streaming',
        'server count server-streaming',
        'client sum client-streaming',
        'server sum client-streaming',
      ]);
      const refusing = world().connect(flows, {
        interceptors: [
          async () => {
            throw new Error('not today');
          },
        ],
      });
      await expect(collect(refusing.count(2))).rejects.toThrow('not today');
    });

    test('calls of another thread of the loop are answered between items of a full stream', async () => {
      await world().serve(flows, {
        ...handlers,
        *chunks() {
          for (;;) yield new Uint8Array(10_000);
        },
      });
      const client = world().connect(flows);
      const reader = client.chunks({ bytes: 0, count: 0 });
      let chunks = 0;
      const reading = (async () => {
        for await (const _ of reader) chunks += 1;
      })();
      await until(() => chunks > 100);
      for (let i = 0; i < 20; i += 1) expect(await client.say('between')).toBe('between');
      await reader.return();
      await reading;
    });
  });
}
