import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { LaterReader } from '../../src/stream/later-reader.js';
import type { World } from './bed.js';
import { collect, flows, handlers, upTo } from './flows-service.js';
import { failureOf, gate, until } from './waiting.js';

export function describeStreams(world: () => World): void {
  describe('streams', () => {
    test('a reader shows what it is', async () => {
      await world().serve(flows, handlers);
      const reader = world().connect(flows).count(2);
      expect(inspect(reader)).toBe('DoorcallStream { unread: 0, ended: false }');
      expect(inspect({ nested: { deep: { reader } } })).toContain('[DoorcallStream]');
      await reader.return();
      expect(inspect(reader)).toBe('DoorcallStream { unread: 0, ended: true }');
      expect(inspect(new LaterReader(new Promise(() => {})))).toBe(
        'DoorcallStream { unread: 0, ended: false }',
      );
    });

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
