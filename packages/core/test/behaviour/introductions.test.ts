import { expect, test } from 'vitest';
import { MemoryTransport } from '../../src/transport/memory/index.js';
import type { ConnectionSink, Hello, RemoteHello } from '../../src/transport/transport.js';

const HELLO: Hello = {
  service: 'orders',
  fingerprint: 'a'.repeat(32),
  descriptor: '{}',
  maxMessageBytes: 4096,
  maxInFlight: 1,
  onewayWindow: 1,
  streamWindowBytes: 262_144,
  streamWindowItems: 1_024,
  maxBlobBytes: 268_435_456,
  maxFds: 0,
};

const SINK: ConnectionSink = { onMessage: () => true, onWritable() {}, onClose() {} };

/** What both ends of a connection in memory learn of each other. */
async function introduced(
  client: Partial<Hello>,
  server: Partial<Hello>,
): Promise<{ clientSees: RemoteHello; serverSees: RemoteHello }> {
  const transport = new MemoryTransport();
  let serverSees: RemoteHello | undefined;
  await transport.acceptor().listen({
    hello: { ...HELLO, ...server },
    alsoServes: [],
    allow: () => undefined,
    onConnection: (connection) => {
      serverSees = connection.remote;
      return SINK;
    },
    onTaken() {},
    onPeerProblem() {},
  });
  const dialer = transport.dialer();
  const { endpoints } = await dialer.discover('orders');
  const result = await dialer.dial(endpoints[0]!, { ...HELLO, ...client }, SINK, 1_000);
  if (!('connection' in result)) throw new Error(result.refusal.message);
  return { clientSees: result.connection.remote, serverSees: serverSees! };
}

test('in memory, too, each side learns what the other takes', async () => {
  const taken = { streamWindowBytes: 1, streamWindowItems: 2, maxBlobBytes: 3, maxFds: 4 };
  const { clientSees, serverSees } = await introduced(taken, {});
  expect(serverSees).toMatchObject(taken);
  expect(clientSees.maxFds).toBe(HELLO.maxFds);
});

test('in memory, too, each side learns the generated codec of the other', async () => {
  const none = await introduced({}, {});
  expect([none.clientSees.codec, none.serverSees.codec]).toEqual(['', '']);
  const both = await introduced({ codec: '0123456789abcdef' }, { codec: 'fedcba9876543210' });
  expect(both.clientSees.codec).toBe('fedcba9876543210');
  expect(both.serverSees.codec).toBe('0123456789abcdef');
});
