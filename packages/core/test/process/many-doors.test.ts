import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/index.js';
import { temporaryFolder } from '../shm/support/places.js';
import { foundry } from './fixtures/many-doors-contract.mjs';
import { launch } from './support/actor.js';

const DOORS_OF_A_CALL = 256;
/** More than may wait of control records, which end a connection whose other side takes none. */
const CALLS = 320;

test('more doors than may wait are let go of at once while their owner stands still: it is told of all of them', async () => {
  const directory = temporaryFolder();
  const server = launch('many-doors.mjs', { directory });
  await server.event('listening');
  const client = connect(foundry, { directory, connectTimeoutMs: 60_000 });
  onTestFinished(() => client.close());
  const held = [];
  for (let call = 0; call < CALLS; call++) held.push(...(await client.cast(DOORS_OF_A_CALL)));
  await server.stop();
  const kept = held.pop();
  for (const each of held) each[Symbol.dispose]();
  const first = client.unreferenced();
  server.kill('SIGCONT');
  expect(await first).toBeLessThanOrEqual(held.length);
  while ((await client.unreferenced()) < held.length);
  expect(await client.unreferenced()).toBe(held.length);
  // Doors end with the connection that they came over: it is the same one.
  await kept?.ring();
  expect(server.output).toBe('');
});
