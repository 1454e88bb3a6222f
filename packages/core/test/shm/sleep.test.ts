import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { connect, defineService } from '../../src/index.js';
import { temporaryFolder } from './support/places.js';

const SERVER = fileURLToPath(new URL('./fixtures/opens-sockets.mjs', import.meta.url));

// libuv reports a poll that returns at once while it has descriptors to register, and then sleeps all the same.
test('a loop that has just been given another descriptor is woken by the next call', async () => {
  const directory = temporaryFolder();
  const server = fork(SERVER, [directory]);
  onTestFinished(() => void server.kill('SIGKILL'));
  await once(server, 'message');

  const client = connect(defineService('sockets', { open: {} }), { directory });
  onTestFinished(() => client.close());
  for (let call = 0; call < 50; call++) {
    await expect(client.open(undefined, { timeoutMs: 10_000 })).resolves.toBeUndefined();
  }
});
