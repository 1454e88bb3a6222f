import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/stub.js';
import { ServerCore } from '../../src/server/server.js';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { RawClient } from '../behaviour/raw-client.js';
import { echo } from '../behaviour/services.js';
import { failureOf, withEnoughTime } from '../behaviour/waiting.js';
import { connect, dialOnce } from './support/client.js';
import { handPeer } from './support/native-listener.js';
import { temporaryFolder, until } from './support/places.js';
import { idlePolicy } from './support/policy.js';

/** Both rings of one connection with rings of the default size. */
const ONE_CONNECTION = 2 * 128 * 1024;

test.each(['leave', 'refuse', 'hello-again'] as const)(
  'the memory promised to a client that does %s in its handshake is free at once',
  async (conduct) => {
    const directory = temporaryFolder();
    const problems: string[] = [];
    const listening = await createShmAcceptor({ directory, maxRingBytes: ONE_CONNECTION }).listen(
      idlePolicy({ onPeerProblem: (_, reason) => void problems.push(reason) }),
    );
    onTestFinished(() => listening.close());
    for (const times of [1, 2, 3]) {
      await handPeer(`${directory}/orders`, conduct);
      await until(() => problems.length === times);
    }
    await connect({ directory });
    expect(await dialOnce({ directory })).toMatchObject({ refusal: { code: 'RESOURCE_EXHAUSTED' } });
  },
);

test('a client waits for the memory of a connection that ends', async () => {
  const directory = temporaryFolder();
  const server = new ServerCore(
    echo,
    { say: (text: string) => text, nothing: () => {}, note: () => {} },
    { logger: false },
  );
  const logger = { warn: () => {}, error: () => {} };
  await server.listen(createShmAcceptor({ directory, maxRingBytes: ONE_CONNECTION, logger }));
  onTestFinished(() => server.close());
  const occupant = await RawClient.connect(createShmDialer({ directory }), echo);
  const client = createClient(echo, {}, createShmDialer({ directory }));
  onTestFinished(() => client.close());
  const calls = [client.say('waits'), client.say('does not')];
  // With time enough for its client to be refused.
  const impatient = await withEnoughTime(50, async (timeoutMs) => {
    const error = await failureOf(client.say('x', { timeoutMs }));
    return error.message.includes('use all the ring memory') ? error : undefined;
  });
  expect(impatient.code).toBe('DEADLINE_EXCEEDED');
  occupant.connection.close();
  expect(await Promise.all(calls)).toEqual(['waits', 'does not']);
});
