import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Door } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { createDoor } from '../../src/server/door.js';
import { door } from '../../src/zod.js';
import type { World } from './bed.js';
import { failureOf } from './waiting.js';

const numbers = {
  count: { input: z.int(), output: stream(z.int()) },
  sum: { input: stream(z.int()), output: z.int() },
};
const counter = defineService('counter', numbers);
const hall = defineService(
  'hall',
  {
    open: { output: door(counter) },
    ping: { output: z.string() },
    /** What the callbacks, and then the door, count to and sum up. */
    askBack: { input: door(counter), output: z.array(z.int()) },
  },
  { callbacks: numbers },
);

const MANY = 12_000;
const all = Array.from({ length: MANY }, (_, i) => i);
const whole = (MANY * (MANY - 1)) / 2;

const handlers = {
  *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
};

interface Counter {
  count(to: number): AsyncIterable<number>;
  sum(items: Iterable<number>): Promise<number>;
}

async function both(one: Counter): Promise<number[]> {
  return [await handlers.sum(one.count(MANY)), await one.sum(all)];
}

function serveHall(world: World, options: object, made: Door[] = []) {
  return world.serve(
    hall,
    {
      open: () => {
        const one = createDoor(counter, handlers);
        made.push(one);
        return one;
      },
      ping: () => 'pong',
      async askBack(held, ctx) {
        using theirs = held;
        return [...(await both(ctx.client)), ...(await both(theirs))];
      },
    },
    options,
  );
}

/** Streams of doors and callbacks are as good as those of the service itself. */
export function describeReverseStreams(world: () => World): void {
  describe('streams of doors and callbacks', () => {
    for (const streamWindowItems of [3, 5_000]) {
      test(`keep to the windows that the sides have stated: ${streamWindowItems} items`, async () => {
        for (const [limits, own] of [
          [{ streamWindowItems }, {}],
          [{}, { streamWindowItems }],
        ]) {
          const server = await serveHall(world(), { limits });
          const client = world().connect(hall, { callbacks: handlers, ...own });
          using theirs = await client.open();
          expect(await both(theirs)).toEqual([whole, whole]);
          expect(await client.askBack(createDoor(counter, handlers))).toEqual([whole, whole, whole, whole]);
          await client.close();
          await server.close();
        }
      });
    }

    test('what is still on its way to a door that was revoked or is gone harms no other call', async () => {
      const made: Door[] = [];
      await serveHall(world(), {}, made);
      const client = world().connect(hall, { callbacks: handlers });
      for (let round = 0; round < 20; round += 1) {
        using theirs = await client.open();
        made.at(-1)?.revoke();
        const calls = [failureOf(theirs.sum(all)), failureOf(theirs.sum([]))];
        expect(await client.ping()).toBe('pong');
        for (const error of await Promise.all(calls))
          expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', origin: 'server' });
        // A call without a stream may have the id of one that was refused.
        expect(await Promise.all([client.ping(), client.ping(), client.ping()])).toHaveLength(3);
      }
    });
  });
}
