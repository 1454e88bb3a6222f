import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/client/stub.js';
import type { World } from './bed.js';
import { edges, handlers, item, Source } from './edges-service.js';
import { failureOf, until } from './waiting.js';

/** What a stream is read from, when it does not behave. */
export function describeStreamSources(world: () => World): void {
  describe('sources that are no good', () => {
    const bad: readonly [string, () => unknown][] = [
      ['returns nothing', () => undefined],
      ['promises nothing', () => Promise.resolve(undefined)],
      ['returns null', () => null],
      [
        'has a `done` that throws',
        () => ({
          get done() {
            throw new Error('mine');
          },
        }),
      ],
      [
        'promises a `value` that throws',
        () =>
          Promise.resolve({
            done: false,
            get value() {
              throw new Error('mine');
            },
          }),
      ],
      [
        'has a `then` that throws',
        () => ({
          // biome-ignore lint/suspicious/noThenProperty: that is what is tested
          get then() {
            throw new Error('mine');
          },
        }),
      ],
      [
        'throws at once',
        () => {
          throw new Error('mine');
        },
      ],
    ];

    test.each([
      ['a text', 'ab', 'this string'],
      ['nothing', undefined, 'nothing'],
      ['null', null, 'nothing'],
      ['an object', { a: 1 }, 'this object'],
      ['a function', () => [], 'this function'],
    ])('%s is no stream: an invalid argument of the caller’s', async (_, given, named) => {
      let called = 0;
      const sum = () => {
        called += 1;
        return 0;
      };
      await world().serve(edges, { ...handlers, sum });
      const client = world().connect(edges);
      await client.ready();
      expect(await failureOf(client.sum(given as never))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        origin: 'client',
        // It was not even sent.
        maybeExecuted: false,
        message: `INVALID_ARGUMENT: edges/sum: its input is a stream, so it takes an iterable of items, not ${named}`,
      });
      expect(statsOf(client).inFlight).toBe(0);
      await client.health();
      expect(called).toBe(0);
    });

    test.each(bad)('next() %s: the call alone fails, on either side', async (_, next) => {
      await world().serve(edges, {
        ...handlers,
        count: () => new Source((index) => (index === 0 ? item(7) : next())) as never,
      });
      const client = world().connect(edges);
      const reader = client.count(0);
      expect((await reader.next()).value).toBe(7);
      expect(await failureOf(reader.next())).toMatchObject({ code: 'UNKNOWN', origin: 'server' });
      const own = await failureOf(client.sum(new Source((index) => (index === 0 ? item(1) : next()))));
      expect(own).toMatchObject({ code: 'CANCELLED', origin: 'client' });
      expect(own.cause).toBeInstanceOf(Error);
      expect(await client.say('goes on')).toBe('goes on');
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a reader that could not be opened says so once, and can be left', async () => {
      const client = world().connect(edges, {
        interceptors: [
          async () => {
            throw new Error('not today');
          },
        ],
      });
      const reader = client.count(1);
      await expect(reader.next()).rejects.toThrow('not today');
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      const unread = client.count(1);
      expect(await unread.return()).toEqual({ done: true, value: undefined });
      expect(await unread.next()).toEqual({ done: true, value: undefined });
      await client.count(1)[Symbol.asyncDispose]();
      const mine = new Error('mine');
      await expect(client.count(1).throw(mine)).rejects.toBe(mine);
    });
  });
}
