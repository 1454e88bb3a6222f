import { expect, test } from 'vitest';
import { connectInMemory } from '../../src/in-memory.js';
import { echo } from '../behaviour/services.js';

const handlers = { say: (text: string) => text, nothing: () => {}, note: () => {} };

test.each([
  { client: { maxMessageBytes: 100 } },
  { client: { maxMessageBytes: 2 ** 30 + 1 } },
  { client: { maxMessageBytes: 2 ** 32 } },
  { client: { maxMessageBytes: 1.5e6 + 0.5 } },
  { client: { defaultTimeoutMs: 0 } },
  { client: { connectTimeoutMs: Number.NaN } },
  { client: { maxQueuedCalls: -1 } },
  { client: { maxBlobBytes: -1 } },
  { client: { maxBlobBytes: 0.5 } },
  { server: { maxMessageBytes: 0 } },
  { server: { limits: { maxBlobBytes: -1 } } },
  { server: { limits: { maxInFlight: 0 } } },
  { server: { limits: { onewayWindow: 2.5 } } },
  { server: { limits: { maxQueuedBytes: Number.POSITIVE_INFINITY } } },
])('%j is refused at once', (options) => {
  expect(() => connectInMemory(echo, handlers, options)).toThrow(RangeError);
});

test('a side that takes no blobs is one', async () => {
  const none = { maxBlobBytes: 0 };
  const client = connectInMemory(echo, handlers, { client: none, server: { limits: none } });
  expect(await client.say('x')).toBe('x');
  await client.close();
});

test('times without an end are no times that have passed', async () => {
  const client = connectInMemory(echo, handlers, {
    client: { defaultTimeoutMs: Number.POSITIVE_INFINITY, connectTimeoutMs: Number.POSITIVE_INFINITY },
  });
  expect(await client.say('x')).toBe('x');
  await client.close();
});
