import { describe, expect, test } from 'vitest';
import { connect } from '../../src/connect.js';
import { connectInMemory } from '../../src/in-memory.js';
import { serve } from '../../src/serve.js';
import { createDoor } from '../../src/server/door.js';
import { echo } from '../behaviour/services.js';
import { failureOf } from '../behaviour/waiting.js';

const handlers = { say: (text: string) => text, nothing: () => {}, note: () => {} };

describe('an option that there is not', () => {
  test.each([
    [
      { defaultTimeout: 50 },
      "connect: there is no option 'defaultTimeout'; did you mean 'defaultTimeoutMs'?",
    ],
    [{ Directory: '/tmp' }, "connect: there is no option 'Directory'; did you mean 'directory'?"],
    [{ retries: 3 }, /^connect: there is no option 'retries'; there are directory, name, .*, logger$/],
    [{ toString: 1 }, /there is no option 'toString'/],
  ])('is refused by connect, which says what was meant: %j', (options, message) => {
    expect(() => connect(echo, options as object)).toThrow(TypeError);
    expect(() => connect(echo, options as object)).toThrow(message);
  });

  test.each([
    [{ onTake: 'join' }, "serve: there is no option 'onTake'; did you mean 'onTaken'?"],
    [
      { limits: { maxInFlightPerConnecton: 1 } },
      "serve: limits: there is no option 'maxInFlightPerConnecton'; did you mean 'maxInFlightPerConnection'?",
    ],
  ])('is refused by serve: %j', async (options, message) => {
    await expect(serve(echo, handlers, options as object)).rejects.toThrow(new TypeError(message));
    expect(() => connectInMemory(echo, handlers, { server: options as object })).toThrow(message);
  });

  test.each([
    [1_000, 'ringBytes is 1000; it is a power of two from 4096 to 2^29'],
    [2 ** 30, 'ringBytes is 1073741824; it'],
    [5_000, 'ringBytes is 5000; it'],
    [Number.NaN, 'ringBytes is NaN; it'],
    ['65536', 'ringBytes is 65536; it'],
  ])('a size that no ring can have is refused at once: %s', async (ringBytes, message) => {
    const options = { ringBytes: ringBytes as number };
    expect(() => connect(echo, options)).toThrow(new RegExp(`^connect: ${message.replace('^', '\\^')}`));
    await expect(serve(echo, handlers, options)).rejects.toThrow(RangeError);
  });

  test('a handler without a method is refused, by serve, of a door, and of callbacks', async () => {
    const more = { ...handlers, sya: (text: string) => text };
    const message = "echo has no method 'sya' to handle; did you mean 'say'?";
    await expect(serve(echo, more)).rejects.toThrow(new TypeError(message));
    expect(() => connectInMemory(echo, more)).toThrow(message);
    expect(() => createDoor(echo, { ...handlers, other: () => {} } as never)).toThrow(
      "echo has no method 'other' to handle; it has note, nothing, say",
    );
    // What is no function handles nothing, and an instance may have methods of its own.
    class Echo {
      readonly say = handlers.say;
      readonly nothing = handlers.nothing;
      readonly note = handlers.note;
      readonly helper = () => {};
    }
    for (const fine of [{ ...handlers, count: 1 }, new Echo()]) await connectInMemory(echo, fine).close();
  });

  test('is refused by connectInMemory', () => {
    expect(() => connectInMemory(echo, handlers, { sever: {} } as object)).toThrow(
      "connectInMemory: there is no option 'sever'; did you mean 'server'?",
    );
  });

  test('is refused by a call, and nothing is sent', async () => {
    let calls = 0;
    const client = connectInMemory(echo, { ...handlers, nothing: () => void calls++ });
    const error = await failureOf(client.nothing(undefined, { timeout: 50 } as object));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', origin: 'client', maybeExecuted: false });
    expect(error.message).toBe("INVALID_ARGUMENT: there is no option 'timeout'; did you mean 'timeoutMs'?");
    await client.nothing(undefined, { timeoutMs: 5_000, metadata: { a: '1' } });
    expect(calls).toBe(1);
    await client.close();
  });
});
