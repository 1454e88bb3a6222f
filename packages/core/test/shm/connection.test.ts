import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createShmAcceptor, createShmDialer } from '../../src/transport/shm/index.js';
import { type Connection, Kind, SendResult } from '../../src/transport/transport.js';
import { connect, HELLO, RecordingSink, textOf } from './support/client.js';
import { temporaryFolder } from './support/places.js';
import { echo, idlePolicy } from './support/policy.js';
import { serve } from './support/server-process.js';

const MIB = 1024 * 1024;

/** CLOCK_MONOTONIC in ms, as deadlines of sync calls have it. */
const soon = (ms: number) => Number(process.hrtime.bigint()) / 1e6 + ms;

function filled(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 997) bytes[at] = at % 251;
  return bytes;
}

const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;

describe('between two processes', () => {
  test('messages of every size arrive whole, in both directions', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const client = await connect({ directory });
    for (const size of [0, 1, 15, 16, 17, 4_000, 16_368, 16_369, 65_536, 131_072, MIB + 1, 16 * MIB]) {
      const payload = filled(size);
      expect(same((await client.call(payload)).bytes, payload), `${size} bytes`).toBe(true);
    }
  });

  test('the fields of a message arrive as they were sent', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    connection.send(Kind.request, 0x1f, 0xffff, 0xfffffffe, 0xffffffff, new Uint8Array([1, 2, 3, 4]), 1, 3);
    await sink.until(() => sink.received.length === 1);
    expect(sink.received[0]).toEqual({
      kind: Kind.reply,
      flags: 0x1f,
      method: 0xffff,
      callId: 0xfffffffe,
      aux: 0xffffffff,
      bytes: new Uint8Array([2, 3]),
    });
  });

  test('messages from changing arrays, kept and too large to be kept, arrive as they are', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    const small = filled(300);
    const other = filled(500).reverse();
    const large = filled(MIB + 64);
    const sent: Uint8Array[] = [];
    const send = (bytes: Uint8Array, start: number, end: number) => {
      connection.send(Kind.request, 0, 0, sent.length, 0, bytes, start, end);
      sent.push(bytes.slice(start, end));
    };
    for (const bytes of [small, small, other, large, large, other, small, large]) {
      send(bytes, 7, 90);
      send(bytes, 0, 0);
      send(bytes, bytes.length - 50, bytes.length);
    }
    expect(() => connection.send(Kind.request, 0, 0, 99, 0, small, 299, 301)).toThrow(RangeError);
    expect(() => connection.send(Kind.request, 0, 0, 99, 0, small, 20, 10)).toThrow(RangeError);
    await sink.until(() => sink.received.length === sent.length);
    for (const { callId, bytes } of sink.received) expect(bytes).toEqual(sent[callId]);
  });

  test('an array that was detached or resized since the last message is not sent from unseen', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    const send = (bytes: Uint8Array, start: number, end: number) =>
      connection.send(Kind.request, 0, 0, 1, 0, bytes, start, end);
    const detached = filled(300);
    send(detached, 0, 300);
    structuredClone(detached.buffer, { transfer: [detached.buffer as ArrayBuffer] });
    expect(() => send(detached, 0, 300)).toThrow(RangeError);
    expect(() => send(detached, 0, 300)).toThrow(RangeError);
    // Length-tracking: newer than the library that these types are of.
    type Resizable = ArrayBuffer & { resize(to: number): void };
    const Resizable = ArrayBuffer as unknown as new (size: number, options: object) => Resizable;
    const buffer = new Resizable(300, { maxByteLength: 1 << 16 });
    const resized = new Uint8Array(buffer);
    send(resized, 0, 300);
    buffer.resize(10);
    expect(() => send(resized, 0, 300)).toThrow(RangeError);
    buffer.resize(1 << 16);
    resized.fill(7);
    send(resized, 60_000, 1 << 16);
    await sink.until(() => sink.received.length === 3);
    expect(sink.received.map(({ bytes }) => bytes.length)).toEqual([300, 300, (1 << 16) - 60_000]);
    expect(sink.received[2]?.bytes.every((byte) => byte === 7)).toBe(true);
  });

  test('kinds and flags of the transport are not for its users', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink, call } = await connect({ directory });
    const bytes = new Uint8Array(8);
    for (const flags of [0x20, 0x40, 0x80, 0xff]) {
      expect(() => connection.send(Kind.request, flags, 0, 1, 0, bytes, 0, 8)).toThrow(RangeError);
      expect(() => connection.callSync?.(flags, 0, 1, 0, bytes, 0, 8, soon(2_000))).toThrow(RangeError);
    }
    for (const kind of [0, 62, 63]) {
      expect(() => connection.send(kind as Kind, 0, 0, 1, 0, bytes, 0, 8)).toThrow(RangeError);
    }
    expect((await call('unharmed')).bytes.length).toBe(8);
    expect(sink.received).toHaveLength(1);
  });

  test('a message above the agreed size is refused before anything is sent', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory }, hello: { maxMessageBytes: 2000 } });
    const { connection, call } = await connect({ directory });
    const bytes = new Uint8Array(2001);
    const send = () => connection.send(Kind.request, 0, 0, 1, 0, bytes, 0, 2001);
    expect(send).toThrow(new RangeError('a message of 2001 bytes is above the agreed 2000'));
    const blocking = () => connection.callSync?.(0, 0, 1, 0, bytes, 0, 2001, soon(2_000));
    expect(blocking).toThrow(RangeError);
    expect((await call(new Uint8Array(2000))).bytes.length).toBe(2000);
  });

  test('a sync call blocks until its answer, and keeps what else arrives for the loop, in order', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    for (let callId = 1; callId <= 3; callId++) {
      connection.send(Kind.request, 0, 0, callId, 0, new Uint8Array([callId]), 0, 1);
    }
    for (const size of [0, 10, 100_000, 2 * MIB]) {
      const payload = filled(size);
      const reply = connection.callSync?.(0, 5, 99, 7, payload, 0, size, soon(20_000));
      expect(reply).toMatchObject({ outcome: 'reply', aux: 7 });
      expect(same(reply!.bytes.subarray(reply!.start, reply!.end), payload), `${size} bytes`).toBe(true);
    }
    expect(sink.received).toEqual([]);
    await sink.until(() => sink.received.length === 3);
    expect(sink.received.map(({ callId }) => callId)).toEqual([1, 2, 3]);
  });

  test('a sync call ends at its deadline, and with the server', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    await server.tell('mode', { to: 'swallow' });
    const nothing = new Uint8Array(0);
    expect(connection.callSync?.(0, 0, 1, 0, nothing, 0, 0, soon(50))).toMatchObject({ outcome: 'timeout' });
    spawn('sh', ['-c', `sleep 0.1; kill -9 ${server.pid}`]);
    const cut = connection.callSync?.(0, 0, 2, 0, nothing, 0, 0, soon(30_000));
    expect(cut).toMatchObject({ outcome: 'closed' });
    expect(await sink.closed()).toMatchObject({ reason: 'died' });
  });

  test('a refused message and all behind it wait until resume(), large ones too', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    sink.credit = 1;
    const sizes = [1, 300_000, 2, 200_000, 3];
    const payloads = sizes.map(filled);
    for (const [index, payload] of payloads.entries()) {
      connection.send(Kind.request, 0, 0, index, 0, payload, 0, payload.length);
    }
    await sink.until(() => sink.refusals > 0);
    expect(sink.received).toHaveLength(1);
    sink.credit = Number.POSITIVE_INFINITY;
    connection.resume();
    await sink.until(() => sink.received.length === sizes.length);
    for (const { callId, bytes } of sink.received) expect(same(bytes, payloads[callId]!)).toBe(true);
  });

  test('a full queue says so, and says when there is room again', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory, maxQueuedMessages: 10 });
    await server.tell('mode', { to: 'refuse' });
    const payload = new Uint8Array(10_000);
    let sent = 0;
    while (connection.send(Kind.request, 0, 0, sent, 0, payload, 0, payload.length) === SendResult.accepted) {
      sent += 1;
    }
    expect(connection.queuedMessages).toBeGreaterThan(0);
    await server.tell('mode', { to: 'echo' });
    await sink.until(() => sink.writable === 1 && sink.received.length === sent);
    expect(connection.queuedMessages).toBe(0);
    expect(connection.send(Kind.request, 0, 0, 9999, 0, payload, 0, 10)).toBe(SendResult.accepted);
  });

  test('a message that is still in the private queue can be taken back', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    await server.tell('mode', { to: 'refuse' });
    const payload = new Uint8Array(15_000);
    for (let callId = 0; callId < 40; callId++) {
      connection.send(Kind.request, 0, 0, callId, 0, payload, 0, payload.length);
    }
    expect(connection.withdraw(39)).toBe(true);
    expect(connection.withdraw(39)).toBe(false);
    expect(connection.withdraw(0)).toBe(false);
    await server.tell('mode', { to: 'echo' });
    await sink.until(() => sink.received.length === 39);
    expect(sink.received.map(({ callId }) => callId)).toEqual(
      Array.from({ length: 39 }, (_, index) => index),
    );
  });

  test('an orderly close delivers what was sent before', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink, call } = await connect({ directory });
    await call('first');
    await server.tell('close');
    const info = await sink.closed();
    expect(info).toMatchObject({ reason: 'remote', frozen: true, untaken: [] });
    expect(connection.open).toBe(false);
    expect(connection.send(Kind.request, 0, 0, 1, 0, new Uint8Array(1), 0, 1)).toBe(SendResult.closed);
    connection.close();
    connection.fail('too late');
    connection.resume();
    connection.setPending(0);
    expect(connection.withdraw(1)).toBe(false);
    expect(connection.queuedMessages).toBe(0);
  });

  test('a client that closes is told apart from one that dies', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    expect(connection.open).toBe(true);
    connection.close('had enough');
    expect(connection.open).toBe(false);
    expect(await sink.closed()).toMatchObject({ reason: 'local', detail: 'had enough' });
    expect(await server.event('connectionClosed')).toMatchObject({ reason: 'remote' });
  });

  test('a killed server leaves proof of what it never took', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink, call } = await connect({ directory });
    await call('warm');
    await server.stop();
    for (let callId = 1; callId <= 3; callId++) {
      connection.send(Kind.request, 2, 6, callId, 8, new Uint8Array([callId, callId]), 0, 2);
    }
    server.kill('SIGKILL');
    const info = await sink.closed();
    expect(info).toMatchObject({ reason: 'died', frozen: true });
    expect(info.untaken).toEqual(
      [1, 2, 3].map((callId) => ({
        kind: Kind.request,
        flags: 2,
        method: 6,
        callId,
        aux: 8,
        bytes: new Uint8Array([callId, callId]),
      })),
    );
  });

  test('a forked child that keeps the socket does not hide the death', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { sink, call } = await connect({ directory });
    await call('warm');
    expect(await server.hold('sockets')).toBe(2);
    server.kill();
    expect(await sink.closed()).toMatchObject({ reason: 'died', frozen: true });
  });

  test('a peer that breaks the protocol above is cut off', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    const { connection, sink } = await connect({ directory });
    await server.tell('mode', { to: 'break' });
    connection.send(Kind.request, 0, 0, 1, 0, new Uint8Array(1), 0, 1);
    await sink.closed();
    expect(sink.received).toEqual([]);
    expect(await server.event('connectionClosed')).toEqual({
      event: 'connectionClosed',
      reason: 'protocol-error',
      detail: 'the client said something senseless',
    });
  });
});

describe('within one thread', () => {
  async function pair(): Promise<{ client: Connection; sink: RecordingSink; close(): Promise<void> }> {
    const directory = temporaryFolder();
    const listening = await createShmAcceptor({ directory }).listen(idlePolicy({ onConnection: echo }));
    const dialer = createShmDialer({ directory });
    const { endpoints } = await dialer.discover(HELLO.service);
    const sink = new RecordingSink();
    const result = await dialer.dial(endpoints[0]!, HELLO, sink, 5_000);
    if (!('connection' in result)) throw new Error(result.refusal.message);
    return { client: result.connection, sink, close: () => listening.close() };
  }

  test('async messages pass, and blocking is not offered', async () => {
    const { client, sink, close } = await pair();
    expect(client.callSync).toBeUndefined();
    client.send(Kind.request, 0, 0, 1, 0, new TextEncoder().encode('hello'), 0, 5);
    await sink.until(() => sink.received.length === 1);
    expect(textOf(sink.received[0]!)).toBe('hello');
    client.close();
    await close();
  });

  test('connections outlive their listener', async () => {
    const { client, sink, close } = await pair();
    await close();
    client.send(Kind.request, 0, 0, 1, 0, new Uint8Array(3), 0, 3);
    await sink.until(() => sink.received.length === 1);
    client.close();
    await sink.closed();
  });

  test('a policy that throws costs that client its connection, and nobody else', async () => {
    const directory = temporaryFolder();
    const errors: string[] = [];
    const logger = { warn: () => {}, error: (_: object, message: string) => errors.push(message) };
    let broken = true;
    const listening = await createShmAcceptor({ directory, logger }).listen(
      idlePolicy({
        allow: (_, remote) => {
          if (remote.maxInFlight === 13) throw new Error('unlucky');
          return undefined;
        },
        onConnection: (connection) => {
          if (broken) throw new Error('not now');
          return echo(connection);
        },
      }),
    );
    const first = await connect({ directory });
    await first.sink.closed();
    broken = false;
    await expect(connect({ directory }, { maxInFlight: 13 })).rejects.toThrow('INTERNAL');
    const second = await connect({ directory });
    expect(textOf(await second.call('hello'))).toBe('hello');
    expect(errors).toEqual(['a new connection could not be set up', 'a connecting peer could not be judged']);
    second.connection.close();
    await listening.close();
  });
});
