import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/stub.js';
import { ServerCore } from '../../src/server/server.js';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { type Connection, Kind } from '../../src/transport/transport.js';
import { tapped } from '../behaviour/bed.js';
import { RawClient } from '../behaviour/raw-client.js';
import { echo } from '../behaviour/services.js';
import { until } from '../behaviour/waiting.js';
import { overwriteFlags } from './support/hostile-record.js';
import { temporaryFolder } from './support/places.js';

/** Says that a message waits beside the batch: only the receiving addon itself may say so. */
const LARGE = 0x40;
const CALL_ID = 0x7e57_ca11;
const NO_BYTES = new Uint8Array(0);
const handlers = { say: (text: string) => text, nothing: () => {}, note: () => {} };

function recorder() {
  const lines: [fields: object, message: string][] = [];
  return { lines, warn: (...line: [object, string]) => void lines.push(line), error: () => {} };
}

test('a record that the addon itself refuses ends the connection of a client, and is logged once', async () => {
  const directory = temporaryFolder();
  const logger = recorder();
  const server = new ServerCore(echo, handlers, { logger });
  await server.listen(createShmAcceptor({ directory }));
  onTestFinished(() => server.close());
  const raw = await RawClient.connect(createShmDialer({ directory }), echo);
  raw.connection.send(Kind.request, 0, 0, CALL_ID, 0, NO_BYTES, 0, 0);
  overwriteFlags(CALL_ID, LARGE);
  await until(() => raw.closed !== undefined && server.stats().connections === 0);
  expect(logger.lines).toEqual([
    [
      { service: 'echo', peer: { uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid } },
      expect.stringMatching(/^a client broke the protocol: .*never sent/),
    ],
  ]);
});

test('and likewise that of a server', async () => {
  const directory = temporaryFolder();
  const logger = recorder();
  const connections: Connection[] = [];
  const server = new ServerCore(echo, handlers, { logger: false });
  await server.listen(tapped(createShmAcceptor({ directory }), (connection) => connections.push(connection)));
  onTestFinished(() => server.close());
  const client = createClient(echo, { logger }, createShmDialer({ directory }));
  onTestFinished(() => client.close());
  await client.ready();
  await until(() => connections.length === 1);
  connections[0]?.send(Kind.reply, 0, 0, CALL_ID, 0, NO_BYTES, 0, 0);
  overwriteFlags(CALL_ID, LARGE);
  await until(() => connections.length === 2);
  expect(logger.lines).toEqual([
    [
      { service: 'echo', peer: { uid: process.getuid?.(), gid: process.getgid?.(), pid: process.pid } },
      expect.stringMatching(/^a server broke the protocol: .*main\.sock .*never sent/),
    ],
  ]);
  expect(await client.say('again')).toBe('again');
});
