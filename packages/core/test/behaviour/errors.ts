import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import type { StandardSchema } from '../../src/contract/standard-schema.js';
import { isRpcError, RpcError } from '../../src/errors/rpc-error.js';
import type { World } from './bed.js';
import { echo, shop } from './services.js';
import { failureOf } from './waiting.js';

const secret = new Error('password is hunter2');

function throwing(): never {
  throw secret;
}

const order = { sku: 'pen', count: 1 };

export function describeErrors(world: () => World): void {
  describe('errors', () => {
    test('a declared error arrives with its data, and narrows', async () => {
      await world().serve(shop, {
        buy: (_, ctx) => {
          throw ctx.error('OUT_OF_STOCK', { left: 3 });
        },
        check: (text) => text,
      });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error).toMatchObject({ code: 'FAILED_PRECONDITION', origin: 'server', maybeExecuted: true });
      expect(isRpcError(error, shop.buy, 'CLOSED')).toBe(false);
      if (!isRpcError(error, shop.buy, 'OUT_OF_STOCK')) throw new Error('not narrowed');
      expect(error.data.left).toBe(3);
      expect(error.message.startsWith('FAILED_PRECONDITION: ')).toBe(true);
      expect(world().log).toEqual([]);
    });

    test('a declared error may come from an async handler, have a message, and no data', async () => {
      await world().serve(shop, {
        buy: async (_, ctx) => {
          await null;
          throw ctx.error('CLOSED', undefined, 'come back tomorrow');
        },
        check: (text) => text,
      });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', reason: 'CLOSED' });
      expect(error.message).toBe('UNAVAILABLE: come back tomorrow');
      expect(isRpcError(error, shop.buy, 'CLOSED')).toBe(true);
    });

    test('invalid data of a declared error is INTERNAL, and logged', async () => {
      await world().serve(shop, {
        buy: (_, ctx) => {
          throw ctx.error('OUT_OF_STOCK', { left: 'many' } as never);
        },
        check: (text) => text,
      });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error.code).toBe('INTERNAL');
      expect(world().log).toMatchObject([{ level: 'error', fields: { reason: 'OUT_OF_STOCK' } }]);
    });

    test('an RpcError that a handler makes travels as it is', async () => {
      await world().serve(shop, {
        buy: () => {
          throw new RpcError('NOT_FOUND', 'no pens here');
        },
        check: (text) => text,
      });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        message: 'NOT_FOUND: no pens here',
        method: 'shop/buy',
      });
    });

    test('anything else that is thrown is UNKNOWN, says nothing, and is logged whole', async () => {
      const secret = new TypeError('password is hunter2');
      await world().serve(shop, {
        buy: () => {
          throw secret;
        },
        check: () => Promise.reject('just text'),
      });
      const client = world().connect(shop);
      const error = await failureOf(client.buy(order));
      expect(error).toMatchObject({ code: 'UNKNOWN', origin: 'server', maybeExecuted: true });
      expect(error.message).not.toContain('hunter2');
      expect(world().log).toMatchObject([
        { level: 'error', fields: { service: 'shop', method: 'buy', err: secret } },
      ]);
      expect((await failureOf(client.check('good'))).code).toBe('UNKNOWN');
      expect(world().log[1]?.fields.err).toBe('just text');
    });

    test('the error of a call that the handler made itself is not passed on', async () => {
      await world().serve(echo, {
        say: () => {
          throw new RpcError('NOT_FOUND', 'inner secret');
        },
        nothing: () => {},
        note: () => {},
      });
      const inner = world().connect(echo);
      await world().serve(shop, { buy: async () => ({ id: await inner.say('x') }), check: (text) => text });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error.code).toBe('UNKNOWN');
      expect(error.message).not.toContain('inner secret');
    });

    test('invalid input is INVALID_ARGUMENT with issues, and no handler runs', async () => {
      let runs = 0;
      await world().serve(shop, {
        buy: () => {
          runs += 1;
          return { id: '1' };
        },
        check: (text) => text,
      });
      const client = world().connect(shop);
      const error = await failureOf(client.buy({ sku: 'x', count: 1.5 }));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'server', maybeExecuted: false });
      expect(error.issues?.map((issue) => issue.path)).toEqual([['sku'], ['count']]);
      expect(runs).toBe(0);
      expect((await client.buy(order)).id).toBe('1');
    });

    test('an invalid output is INTERNAL with issues, and logged', async () => {
      await world().serve(shop, { buy: () => ({ id: 7 }) as never, check: (text) => text });
      const error = await failureOf(world().connect(shop).buy(order));
      expect(error).toMatchObject({ code: 'INTERNAL', origin: 'server', maybeExecuted: true });
      expect(error.issues).toMatchObject([{ path: ['id'] }]);
      expect(world().log).toMatchObject([{ level: 'error', fields: { method: 'buy' } }]);
    });

    test('a schema that judges asynchronously works', async () => {
      await world().serve(shop, { buy: () => ({ id: '' }), check: (text) => `${text}!` });
      const client = world().connect(shop);
      expect(await client.check('good')).toBe('good!');
      expect(await failureOf(client.check('bad'))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        maybeExecuted: false,
      });
    });

    test.each([
      ['throws', () => throwing()],
      ['rejects', () => Promise.reject(secret)],
    ])('a schema that %s costs its call only, says nothing, and is logged whole', async (_, validate) => {
      const broken: StandardSchema<string> = { '~standard': { version: 1, vendor: 'test', validate } };
      const service = defineService('broken', {
        input: { input: broken },
        output: { output: broken },
        error: { errors: { BAD: { code: 'ABORTED', data: broken } } },
        fine: {},
      });
      await world().serve(
        service,
        {
          input: () => {},
          output: () => 'x',
          error: (_, ctx) => {
            throw ctx.error('BAD', 'x');
          },
          fine: () => {},
        },
        { limits: { maxInFlight: 1 } },
      );
      const client = world().connect(service);
      const errors = [
        await failureOf(client.input('x')),
        await failureOf(client.output()),
        await failureOf(client.error()),
      ];
      expect(errors.map(({ code }) => code)).toEqual(['UNKNOWN', 'INTERNAL', 'INTERNAL']);
      expect(errors.map(({ maybeExecuted }) => maybeExecuted)).toEqual([false, true, true]);
      for (const { message } of errors) expect(message).not.toContain('hunter2');
      expect(world().log.map(({ fields }) => fields.err)).toEqual([secret, secret, secret]);
      await client.fine();
    });

    test('what cannot travel is named by its path: input on the client, output on the server', async () => {
      const service = defineService('anything', { pass: { input: z.unknown(), output: z.unknown() } });
      await world().serve(service, { pass: (input) => (input === 'function' ? { f: () => {} } : input) });
      const client = world().connect(service);
      await client.ready();
      const circle: { list: unknown[] } = { list: [] };
      circle.list.push({ back: circle });
      const symbol = await failureOf(client.pass({ a: { b: [Symbol('s')] } }));
      expect(symbol).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'client', maybeExecuted: false });
      expect(symbol.message).toContain('a.b[0]');
      expect((await failureOf(client.pass({ f: () => {} }))).message).toContain('f');
      expect((await failureOf(client.pass(circle))).message).toContain('list[0].back');
      const output = await failureOf(client.pass('function'));
      expect(output).toMatchObject({ code: 'INTERNAL', origin: 'server', maybeExecuted: true });
      expect(await client.pass({ fine: true })).toEqual({ fine: true });
    });

    test('a service without all its handlers is not served', async () => {
      await expect(world().serve(echo, { say: (text: string) => text } as never)).rejects.toThrow(
        /nothing, note|note, nothing/,
      );
    });

    test('a closed client says so', async () => {
      const client = world().connect(echo);
      await client.close();
      expect(await failureOf(client.say('late'))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        origin: 'client',
      });
      expect(await failureOf(client.ready())).toMatchObject({ code: 'FAILED_PRECONDITION' });
    });
  });
}
