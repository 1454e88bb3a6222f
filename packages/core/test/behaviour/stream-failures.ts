import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import type { World } from './bed.js';
import { collect, flows, handlers } from './flows-service.js';
import { failureOf, gate, until } from './waiting.js';

const plain = stream(z.int());
const asynchronous = stream(z.int().refine(async () => true));

/** What fails in the midst of a stream. */
export function describeStreamFailures(world: () => World): void {
  describe('streams that fail', () => {
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

    test.each([
      ['', plain],
      [' that is judged asynchronously', asynchronous],
    ])('a bad item%s overtakes none of those before it; then the signal aborts', async (_, input) => {
      const careful = defineService('careful', { load: { input, output: z.int() } });
      const go = gate();
      const seen: unknown[] = [];
      const over = gate();
      await world().serve(careful, {
        async load(items, ctx) {
          try {
            for await (const item of items) {
              seen.push([item, ctx.signal.aborted]);
              if (item === 1) await go.opened;
            }
          } catch (error) {
            seen.push([RpcError.from(error).code, ctx.signal.aborted, ctx.signal.reason === error]);
            over.open();
            throw error;
          }
          return 0;
        },
      });
      const client = world().connect(careful);
      const closed = gate();
      function* items() {
        try {
          yield* [1, 2, 3, 'bad' as never];
          // What lies behind it is nobody's, however much it is.
          for (;;) yield 4;
        } finally {
          closed.open();
        }
      }
      const failed = failureOf(client.load(items()));
      // What is judged at once stops its sender at once.
      if (input === plain) await closed.opened;
      await until(() => seen.length > 0);
      expect(seen).toEqual([[1, false]]);
      expect(statsOf(client).inFlight).toBe(1);
      go.open();
      expect(await failed).toMatchObject({ code: 'INVALID_ARGUMENT', issues: [{ path: [3] }] });
      await over.opened;
      expect(seen).toEqual([
        [1, false],
        [2, false],
        [3, false],
        ['INVALID_ARGUMENT', true, true],
      ]);
      await closed.opened;
      expect(await client.load([])).toBe(0);
    });

    test('a bad item that the handler never comes to is no error', async () => {
      const begun = gate();
      const closed = gate();
      await world().serve(flows, {
        ...handlers,
        async sum(items) {
          begun.open();
          for await (const item of items) {
            await closed.opened;
            return item;
          }
          return 0;
        },
      });
      const client = world().connect(flows);
      async function* items() {
        try {
          yield 7;
          await begun.opened;
          yield 'bad' as never;
          for (;;) yield 8;
        } finally {
          closed.open();
        }
      }
      expect(await client.sum(items())).toBe(7);
      await until(() => statsOf(client).inFlight === 0);
      expect(await client.say('goes on')).toBe('goes on');
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
      expect(await failureOf(client.sum(7 as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(await client.say('goes on')).toBe('goes on');
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
  });
}
