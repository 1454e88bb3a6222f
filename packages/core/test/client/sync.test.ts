import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { syncInterceptor } from '../../src/client/interceptor.js';
import type { ConnectOptions } from '../../src/client/options.js';
import { statsOf } from '../../src/client/stub.js';
import { connect } from '../../src/connect.js';
import { defineService } from '../../src/contract/define-service.js';
import type { Metadata } from '../../src/contract/types.js';
import { isRpcError, RpcError } from '../../src/errors/rpc-error.js';
import { failureOf, until } from '../behaviour/waiting.js';
import { exited, Scene } from './processes.js';

/** As in fixtures/service.mjs. */
const work = defineService('work', {
  say: { input: z.string(), output: z.string() },
  fail: { errors: { NO: { code: 'NOT_FOUND', data: z.object({ id: z.number() }) } } },
  hang: { input: z.string() },
  mirror: { input: z.instanceof(Uint8Array), output: z.instanceof(Uint8Array) },
  trailer: { output: z.string() },
});

function clientOf(scene: Scene, options: ConnectOptions = {}) {
  const client = connect(work, { directory: scene.directory, ...options });
  onTestFinished(() => client.close());
  return client;
}

function thrown(call: () => unknown): RpcError {
  try {
    call();
  } catch (error) {
    if (error instanceof RpcError) return error;
    throw error;
  }
  throw new Error('the call succeeded');
}

/** What would end the process if this test did not look at it. */
function uncaughtErrors(): unknown[] {
  const errors: unknown[] = [];
  const others = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => errors.push(error));
  onTestFinished(() => {
    process.removeAllListeners('uncaughtException');
    for (const other of others) process.on('uncaughtException', other);
  });
  return errors;
}

describe('.sync()', () => {
  test('gives what the asynchronous call gives', async () => {
    const scene = new Scene();
    await scene.serve('one');
    const client = clientOf(scene);
    await client.ready();
    expect(client.say.sync('a', { metadata: { tag: 't' } })).toBe('one:a:t');
    expect(client.say.sync('b', { timeoutMs: Number.POSITIVE_INFINITY })).toBe('one:b:');
    const bytes = new Uint8Array(3_000_000).fill(7);
    expect(Buffer.compare(client.mirror.sync(bytes), bytes)).toBe(0);
    let trailers: Metadata | undefined;
    client.trailer.sync(undefined, {
      onTrailers: (received) => {
        trailers = received;
      },
    });
    expect(trailers).toEqual({ who: 'one' });
  });

  test('is not failed by a listener for trailers that throws: the error is nobody’s but its own', async () => {
    const scene = new Scene();
    await scene.serve('one');
    const client = clientOf(scene);
    await client.ready();
    const uncaught = uncaughtErrors();
    const onTrailers = () => {
      throw new Error('in a listener');
    };
    expect(client.trailer.sync(undefined, { onTrailers })).toBe('see trailers');
    expect(await client.trailer(undefined, { onTrailers })).toBe('see trailers');
    await until(() => uncaught.length === 2);
    expect(uncaught.map(String)).toEqual(['Error: in a listener', 'Error: in a listener']);
  });

  test('throws what the asynchronous call rejects with', async () => {
    const scene = new Scene();
    await scene.serve('one');
    const client = clientOf(scene);
    await client.ready();
    const declared = thrown(() => client.fail.sync());
    expect(isRpcError(declared, work.fail, 'NO') && declared.data.id).toBe(7);
    expect(thrown(() => client.say.sync(1 as never))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      maybeExecuted: false,
    });
    expect(thrown(() => client.hang.sync('s', { timeoutMs: 30 }))).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      maybeExecuted: true,
    });
    expect(thrown(() => client.say.sync('x', { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'CANCELLED',
    });
    // If the answer of the one that timed out comes late, it meets nobody.
    await until(() => statsOf(client).inFlight === 0);
    expect(client.say.sync('after')).toBe('one:after:');
  });

  test('leaves asynchronous calls around it alone', async () => {
    const scene = new Scene();
    await scene.serve('one');
    const client = clientOf(scene);
    await client.ready();
    const calls = Array.from({ length: 20 }, (_, i) => client.say(`${i}`));
    expect(client.say.sync('sync')).toBe('one:sync:');
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 20 }, (_, i) => `one:${i}:`));
  });

  test('passes through interceptors that are declared for it, and through no others', async () => {
    const scene = new Scene();
    await scene.serve('one');
    const tagging = syncInterceptor((call, next) =>
      next({ ...call.options, metadata: { tag: 'intercepted' } }),
    );
    const client = clientOf(scene, { interceptors: [tagging] });
    await client.ready();
    expect(client.say.sync('x')).toBe('one:x:intercepted');
    expect(await client.say('x')).toBe('one:x:intercepted');
    const lying = clientOf(scene, { interceptors: [syncInterceptor(async (_, next) => next())] });
    await lying.ready();
    expect(thrown(() => lying.say.sync('x'))).toMatchObject({ code: 'FAILED_PRECONDITION' });
  });

  test('ends when its server is killed, and tries another instance for what was not taken', async () => {
    const scene = new Scene();
    const one = await scene.serve('one');
    const client = clientOf(scene);
    await client.ready();
    one.kill('SIGSTOP');
    one.kill('SIGKILL');
    await exited(one);
    // Whether the loop has noticed the end by now or not, no handler can have run.
    const error = thrown(() => client.say.sync('x'));
    expect(error).toMatchObject({ maybeExecuted: false });
    expect(['UNAVAILABLE', 'FAILED_PRECONDITION']).toContain(error.code);
    expect(scene.log).toEqual([]);
  });
});

test('a client of one named instance keeps to it', async () => {
  const scene = new Scene();
  await scene.serve('one');
  await scene.serve('two');
  const client = clientOf(scene, { name: 'two' });
  for (let i = 0; i < 5; i += 1) expect(await client.say('x')).toBe('two:x:');
  const nobody = clientOf(scene, { name: 'three', connectTimeoutMs: 1_000 });
  const error = await failureOf(nobody.say('x'));
  expect(error.code).toBe('UNAVAILABLE');
  expect(error.message).toContain("no instance 'three' among");
});
