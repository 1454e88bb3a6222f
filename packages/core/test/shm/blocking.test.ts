import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Kind } from '../../src/transport/transport.js';
import { connect, HELLO } from './support/client.js';
import { temporaryFolder } from './support/places.js';
import { serve } from './support/server-process.js';

const CALLER = new URL('./fixtures/caller.mjs', import.meta.url);
const MIB = 1024 * 1024;
/** A hang is what these tests look for. */
const WATCHDOG_MS = 20_000;

/** CLOCK_MONOTONIC in ms, as deadlines of sync calls have it. */
const soon = (ms: number) => Number(process.hrtime.bigint()) / 1e6 + ms;

/** What a blocking call comes to beside a server that sends and rings without pause. */
describe('a blocking call whose peer never pauses', () => {
  test('ends at its deadline, however much lies there to be put aside first', async () => {
    const directory = temporaryFolder();
    const marker = `${directory}/poured`;
    // More than may be put aside, so that only the deadline can come before that bound.
    const server = await serve({ acceptor: { directory, ringBytes: 128 * MIB } });
    const { connection, sink } = await connect({ directory });
    await server.tell('mode', { to: 'pour', bytes: 60_000, marker });
    const nothing = new Uint8Array(0);
    connection.send(Kind.request, 0, 0, 1, 0, nothing, 0, 0);
    while (!existsSync(marker));
    expect(connection.callSync?.(0, 0, 2, 0, nothing, 0, 0, soon(1))).toMatchObject({ outcome: 'timeout' });
    // What was put aside comes first.
    await sink.until(() => sink.received.length > 1_000);
    for (const [index, { callId }] of sink.received.entries()) expect(callId).toBe(1_000_000 + index);
    connection.close();
    expect(await sink.closed()).toMatchObject({ reason: 'local' });
  });

  test.each([1024, MIB])('gives way where too much is to be kept for later: %i bytes each', async (bytes) => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    await server.tell('mode', { to: 'pour', bytes });
    const call = (id: number) =>
      connection.callSync?.(0, 0, id, 0, new Uint8Array(0), 0, 0, soon(3 * WATCHDOG_MS));
    expect(call(1)).toMatchObject({ outcome: 'crowded', untaken: false });
    // The next one is not even sent, and so nothing more is taken for it.
    expect(call(2)).toMatchObject({ outcome: 'crowded', untaken: true });
    const kept = (64 * MIB) / bytes;
    await sink.until(() => sink.received.length > kept);
    // In their order: a number is left out whenever the server had no space.
    const numbers = sink.received.map(({ callId }) => callId);
    expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
    expect(new Set(numbers).size).toBe(numbers.length);
    connection.close();
    expect(await sink.closed()).toMatchObject({ reason: 'local' });
    expect(await server.event('connectionClosed')).toMatchObject({ reason: 'remote' });
  });

  test(
    'ends with its thread',
    async () => {
      const directory = temporaryFolder();
      const server = await serve({ acceptor: { directory } });
      await server.tell('mode', { to: 'drip' });
      const caller = new Worker(CALLER, { workerData: { directory, hello: HELLO } });
      onTestFinished(() => void caller.terminate());
      await server.event('pouring');
      await caller.terminate();
      expect(await server.event('connectionClosed')).toMatchObject({ reason: 'remote' });
    },
    WATCHDOG_MS,
  );
});
