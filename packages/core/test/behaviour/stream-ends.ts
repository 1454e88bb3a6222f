import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/client/stub.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { collect, flows, handlers } from './flows-service.js';
import { RawClient } from './raw-client.js';
import { failureOf, gate, turn, until, withEnoughTime } from './waiting.js';

/** Who ends a stream, and what becomes of the other side. */
export function describeStreamEnds(world: () => World): void {
  describe('the ends of streams', () => {
    test.each([
      ['throws', 'error', new Error('cleanup failed')],
      ['throws an error of its own contract', undefined, new RpcError('ABORTED', 'left')],
    ])(
      'a handler that %s in its finally after its reader has left is logged as ever',
      async (_, level, err) => {
        const left = gate();
        await world().serve(flows, {
          ...handlers,
          async *count() {
            try {
              for (let i = 0; ; i += 1) yield i;
            } finally {
              left.open();
              // biome-ignore lint/correctness/noUnsafeFinally: that is what the test is about
              throw err;
            }
          },
        });
        const client = world().connect(flows);
        for await (const item of client.count(0)) if (item === 3) break;
        await left.opened;
        for (let i = 0; i < 5; i += 1) await turn();
        const lines = level === undefined ? [] : [{ level, message: 'a handler failed', err }];
        expect(world().log.map((line) => ({ ...line, err: line.fields.err, fields: undefined }))).toEqual(
          lines.map((line) => ({ ...line, fields: undefined })),
        );
      },
    );

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
      const late = await withEnoughTime(50, async (timeoutMs) => {
        const reader = client.double(never(), { timeoutMs });
        const first = await reader.next().catch(RpcError.from);
        if (first instanceof RpcError) return undefined;
        expect(first.value).toBe(1);
        return reader;
      });
      expect(await failureOf(late.next())).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      await until(() => reasons.length > 0 && statsOf(client).inFlight === 0);
      expect(reasons.at(-1)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
      reasons.length = 0;

      const controller = new AbortController();
      const aborted = client.double(never(), { signal: controller.signal });
      expect((await aborted.next()).value).toBe(1);
      const waiting = failureOf(aborted.next());
      controller.abort();
      expect(await waiting).toMatchObject({ code: 'CANCELLED', maybeExecuted: true });
      await until(() => reasons.length === 1 && statsOf(client).inFlight === 0);
      expect(reasons[0]).toMatchObject({ code: 'CANCELLED' });
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
      const client = world().connect(flows, { defaultTimeoutMs: 10_000 });
      await collect(client.count(1));
      await collect(client.count(1, { timeoutMs: 60_000 }));
      expect(deadlines[0]).toBe(undefined);
      expect(deadlines[1]).toBeGreaterThan(Date.now());
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
  });
}
