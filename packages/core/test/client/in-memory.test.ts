import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { connectInMemory, defineService, isRpcError, RpcError, type ServiceClient } from '../../src/index.js';
import { fd } from '../../src/zod.js';
import { failureOf, until } from '../behaviour/waiting.js';

const greeter = defineService('greeter', {
  greet: {
    input: z.object({ name: z.string().min(1), at: z.date().optional() }),
    output: z.object({ text: z.string() }),
    errors: { BANNED: { code: 'PERMISSION_DENIED', data: z.object({ until: z.date() }) } },
  },
  ping: {},
  log: { input: z.string(), oneway: true },
});

describe('connectInMemory', () => {
  test('calls handlers as a server of its own would be called', async () => {
    const logged: string[] = [];
    const client = connectInMemory(greeter, {
      greet: ({ name }, ctx) => {
        if (name === 'bob') throw ctx.error('BANNED', { until: new Date(0) });
        return { text: `hello ${name}` };
      },
      ping: () => {},
      log: (text) => void logged.push(text),
    });
    expect(await client.greet({ name: 'ann' })).toEqual({ text: 'hello ann' });
    await client.log('x');
    await client.ping();
    expect(logged).toEqual(['x']);
    const error = await failureOf(client.greet({ name: 'bob' }));
    expect(isRpcError(error, greeter.greet, 'BANNED') && error.data.until).toEqual(new Date(0));
    expect(await failureOf(client.greet({ name: '' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(() => client.ping.sync()).toThrow(RpcError);
    await client.close();
    expect(await failureOf(client.ping())).toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  test('of a contract with callbacks takes handlers for them', async () => {
    const room = defineService(
      'room',
      { ask: { output: z.string() } },
      { callbacks: { confirm: { output: z.string() } } },
    );
    const handlers = {
      ask: (_: undefined, ctx: { client: { confirm(): Promise<string> } }) => ctx.client.confirm(),
    };
    const needed =
      'connectInMemory: room has callbacks (confirm): pass handlers for them as `client.callbacks`';
    // @ts-expect-error there are no options
    expect(() => connectInMemory(room, handlers)).toThrow(needed);
    // @ts-expect-error there is nothing for the client
    expect(() => connectInMemory(room, handlers, { server: {} })).toThrow(needed);
    // @ts-expect-error a handler is missing
    expect(() => connectInMemory(room, handlers, { client: { callbacks: {} } })).toThrow(TypeError);
    const client = connectInMemory(room, handlers, { client: { callbacks: { confirm: () => 'yes' } } });
    expect(await client.ask()).toBe('yes');
    await client.close();
  });

  test('carries no descriptors, and says so', async () => {
    const service = defineService('files', { read: { input: fd() } });
    const runs: unknown[] = [];
    await using client = connectInMemory(service, { read: (file) => void runs.push(file) });
    expect(await failureOf(client.read(0))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      origin: 'transport',
      maybeExecuted: false,
    });
    expect(runs).toEqual([]);
  });

  test('closing the client closes the server', async () => {
    let signal: AbortSignal | undefined;
    const client = connectInMemory(greeter, {
      greet: (_, ctx) => {
        signal = ctx.signal;
        return new Promise(() => {});
      },
      ping: () => {},
      log: () => {},
    });
    const call = failureOf(client.greet({ name: 'ann' }));
    await until(() => signal !== undefined);
    await client[Symbol.asyncDispose]();
    expect(await call).toMatchObject({ code: 'CANCELLED' });
    expect(signal?.aborted).toBe(true);
  });

  test('takes the options of both sides', async () => {
    const trace: string[] = [];
    const client = connectInMemory(
      greeter,
      { greet: ({ name }) => ({ text: name }), ping: () => {}, log: () => {} },
      {
        server: {
          interceptors: [async (call, next) => [trace.push(`server ${call.method}`), await next()][1]],
        },
        client: {
          interceptors: [async (call, next) => [trace.push(`client ${call.method}`), await next()][1]],
        },
      },
    );
    await client.greet({ name: 'x' });
    expect(trace).toEqual(['client greet', 'server greet']);
    await client.close();
  });

  test('a client is an object with its methods and nothing else', async () => {
    const client = connectInMemory(greeter, { greet: () => ({ text: '' }), ping: () => {}, log: () => {} });
    expect(Object.getPrototypeOf(client)).toBe(null);
    expect(Object.keys(client).sort()).toEqual([
      'allocate',
      'allocateLater',
      'close',
      'greet',
      'health',
      'log',
      'ping',
      'ready',
    ]);
    expect(client.greet.name).toBe('greet');
    // An await of the client itself must not take it for a promise.
    expect(await (async () => client)()).toBe(client);
    await client.close();
  });

  test('types follow from the contract', () => {
    type GreeterClient = ServiceClient<typeof greeter>;
    expectTypeOf<Parameters<GreeterClient['greet']>[0]>().toEqualTypeOf<{
      name: string;
      at?: Date | undefined;
    }>();
    expectTypeOf<ReturnType<GreeterClient['greet']>>().toEqualTypeOf<Promise<{ text: string }>>();
    expectTypeOf<ReturnType<GreeterClient['greet']['sync']>>().toEqualTypeOf<{ text: string }>();
    expectTypeOf<ReturnType<GreeterClient['log']>>().toEqualTypeOf<Promise<void>>();
    expectTypeOf<GreeterClient['log']>().not.toHaveProperty('sync');
    expectTypeOf<Parameters<GreeterClient['ping']>[0]>().toEqualTypeOf<undefined>();
    const incomplete = { ping: () => {}, log: () => {} };
    // @ts-expect-error greet has no handler
    expect(() => connectInMemory(greeter, incomplete)).toThrow(TypeError);
  });
});
