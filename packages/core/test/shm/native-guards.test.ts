import { closeSync, openSync } from 'node:fs';
import {
  loadNative,
  type NativeConnection,
  type NativeConnectionOptions,
  type NativeFailure,
} from '@doorcall/native';
import { describe, expect, onTestFinished, test } from 'vitest';
import { turn } from '../behaviour/waiting.js';
import { NATIVE_OPTIONS, NativeListening } from './support/native-listener.js';

// What JavaScript may hand to the addon by mistake, and when: never more than an error of its own.

const sink = { onBatch: (bytes: number) => bytes, onWritable() {}, onClose() {} };
const CLOSED = 2;

interface Ends {
  readonly client: NativeConnection;
  readonly server: NativeConnection;
}

async function dialled(options: Partial<NativeConnectionOptions> = {}): Promise<Ends> {
  const listening = new NativeListening();
  const whole = { ...NATIVE_OPTIONS, ...options };
  listening.onHello = (handshake) => listening.listener.welcome(handshake, whole);
  const { connection } = await listening.dial(20_000, whole);
  await listening.event('connection');
  const ends = {
    client: connection as NativeConnection,
    server: listening.connections[0] as NativeConnection,
  };
  onTestFinished(() => {
    for (const one of Object.values(ends)) one.close('');
  });
  return ends;
}

async function connected(options?: Partial<NativeConnectionOptions>): Promise<Ends> {
  const ends = await dialled(options);
  for (const one of Object.values(ends)) one.start(sink);
  return ends;
}

/** A request with the payload `[start, end)`. */
function write({ shared }: NativeConnection, start: number, end: number): void {
  shared.set([1, 1, 0, start, end], 2);
}

/** Each method, as it may be called when there is no connection any more, and what it gives then. */
function expectHarmless(connection: NativeConnection): void {
  write(connection, 0, 8);
  expect(connection.send(new Uint8Array(8))).toBe(CLOSED);
  expect(connection.send(undefined)).toBe(CLOSED);
  expect(connection.callSync(0, new Uint8Array(8))).toBe(-4);
  expect(connection.callSync(Number.NaN, undefined)).toBe(-4);
  expect(connection.takeSyncLarge()).toHaveLength(0);
  expect(connection.takeLarge(1)).toHaveLength(0);
  expect(connection.withdraw(1)).toBe(false);
  expect(connection.queuedMessages()).toBe(0);
  expect(connection.sendFds([0], false)).toBe(-5);
  expect(connection.takeFds(1)).toBe(-5);
  connection.dropFds(1);
  expect(connection.allocateBlob(100)).toBe(-5);
  expect(connection.disposeBlob(new Uint8Array(10))).toBe(false);
  expect(connection.placeBlob(new Uint8Array(10))).toBe(-5);
  expect(connection.awaitBlobs()).toBe(false);
  expect(connection.unplaceBlob(0)).toBe(false);
  expect(connection.borrowBlob(0, 0, 0, 1)).toBe(-5);
  expect(connection.viewBlob(1)).toHaveLength(0);
  expect(connection.readBlob(1)).toBeUndefined();
  expect(connection.copyBlob(1, 0, 1)).toBeUndefined();
  connection.releaseBlob(1, undefined);
  expect(connection.blobCounts()).toEqual(Array(7).fill(0));
  connection.resume();
  connection.touch();
  connection.fail('again');
  connection.close('again');
}

describe('a connection that is over', () => {
  test('takes every call, and does nothing', async () => {
    const { client, server } = await dialled();
    const ended = new Promise<void>((resolve) => client.start({ ...sink, onClose: () => resolve() }));
    server.start(sink);
    client.close('');
    await ended;
    expectHarmless(client);
    client.start(sink);
    expectHarmless(client);
  });

  test.each(['close', 'fail'] as const)('does so, too, when its %s() came before its start', async (how) => {
    const { client } = await dialled();
    client[how]('');
    expectHarmless(client);
    client.start(sink);
    expectHarmless(client);
  });
});

test('a connection starts with a sink, and once', async () => {
  const { client, server } = await dialled();
  for (const none of [undefined, null, 1, 'sink'] as never[]) {
    expect(() => client.start(none)).toThrow(/start takes a sink/);
  }
  let batches = 0;
  const count = (bytes: number) => {
    batches += 1;
    return bytes;
  };
  const ended = new Promise<void>((resolve) => {
    client.start({ ...sink, onBatch: count, onClose: () => resolve() });
  });
  client.start({
    ...sink,
    onClose: () => {
      throw new Error('a second sink was taken');
    },
  });
  server.start(sink);
  write(server, 0, 8);
  expect(server.send(new Uint8Array(8))).toBe(0);
  server.close('');
  await ended;
  expect(batches).toBe(1);
});

describe('a synchronous call', () => {
  test('takes its bytes from within the array only', async () => {
    const { client } = await connected();
    for (const [start, end] of [
      [0, 9],
      [9, 9],
      [5, 4],
      [-1, 4],
      [0, -1],
    ] as const) {
      write(client, start, end);
      expect(() => client.callSync(0, new Uint8Array(8))).toThrow(/lies outside the array/);
      expect(() => client.send(new Uint8Array(8))).toThrow(/lies outside the array/);
    }
    expect(() => client.callSync(0, 'bytes' as never)).toThrow(TypeError);
    write(client, 0, 8);
    expect(() => client.callSync(0, undefined)).toThrow(RangeError);
  });

  test('is not sent before the start', async () => {
    const { client } = await dialled();
    write(client, 0, 8);
    expect(client.callSync(0, new Uint8Array(8))).toBe(-4);
    expect(client.queuedMessages()).toBe(0);
  });

  test('without a deadline that is a number has none, and one that has passed ends it at once', async () => {
    const { client, server } = await dialled();
    client.start(sink);
    // It lives on this thread and could not answer anyway: its end is what others than the deadline end by.
    server.close('');
    write(client, 0, 8);
    for (const past of [0, -1, -Infinity, -(2 ** 70)])
      expect(client.callSync(past, new Uint8Array(8))).toBe(-1);
    for (const never of [Number.NaN, Infinity, 2 ** 70]) {
      expect(client.callSync(never, new Uint8Array(8))).toBe(-4);
    }
  });
});

describe('descriptors', () => {
  test('are whole numbers of an array', async () => {
    const { client } = await connected({ maxFds: 4 });
    const fd = openSync('/dev/null', 'r');
    onTestFinished(() => closeSync(fd));
    for (const none of [undefined, fd, { length: 1, 0: fd }] as never[]) {
      expect(() => client.sendFds(none, false)).toThrow(/descriptors are an array/);
    }
    const bad = [fd + 0.5, fd + 2 ** 32, -1, Number.NaN, Infinity, `${fd}`, { valueOf: () => fd }, undefined];
    for (const one of bad as number[]) expect(client.sendFds([fd, one], false)).toBe(-2);
    expect(client.sendFds([fd, fd], false)).toBe(1);
  });
});

describe('blobs', () => {
  /** A blob that the server can borrow, and where it is. */
  async function placed() {
    const ends = await connected();
    const bytes = ends.client.allocateBlob(5_000) as Uint8Array;
    bytes.fill(7);
    expect(ends.client.placeBlob(bytes)).toBe(0);
    return { ...ends, bytes, place: [...ends.client.blob] as [number, number, number, number] };
  }

  test('are arrays of bytes', async () => {
    const { client } = await connected();
    const view = new DataView(new ArrayBuffer(8));
    for (const none of [undefined, null, 8, 'bytes', view, view.buffer, {}] as never[]) {
      expect(() => client.placeBlob(none)).toThrow(/a blob is a Uint8Array/);
      expect(client.disposeBlob(none)).toBe(false);
    }
  });

  test('of a size that is no number of bytes are not allocated', async () => {
    const { client } = await connected();
    for (const none of [-1, 1.5, Number.NaN, Infinity, 2 ** 49, 2 ** 64, '8', undefined] as number[]) {
      expect(client.allocateBlob(none)).toBeLessThan(0);
    }
    expect(client.blobCounts()[0]).toBe(0);
  });

  test('that are disposed of leave no array over their memory', async () => {
    const { client, bytes } = await placed();
    const part = bytes.subarray(1_000, 2_000);
    expect(client.disposeBlob(new Uint8Array(5_000))).toBe(false);
    expect(client.disposeBlob(bytes)).toBe(true);
    expect([bytes.length, part.length]).toEqual([0, 0]);
    expect(client.disposeBlob(bytes)).toBe(false);
  });

  test.each([
    ['segment', 0, (value: number) => value + 2 ** 32],
    ['segment', 0, (value: number) => value + 0.5],
    ['segment', 0, () => -1],
    ['slot', 1, (value: number) => value + 2 ** 32],
    ['slot', 1, (value: number) => value + 0.5],
    ['slot', 1, () => Number.NaN],
    ['offset', 2, () => 2 ** 60],
    ['offset', 2, () => -16],
    ['length', 3, (value: number) => value + 2 ** 49],
    ['length', 3, () => Number.NaN],
    ['length', 3, () => 0],
  ] as const)('whose %s (%i) is none are not borrowed', async (_, index, spoil) => {
    const { server, place } = await placed();
    place[index] = spoil(place[index] as number);
    expect(server.borrowBlob(...place)).toBe(-2);
  });

  test('are copied from within their bytes only', async () => {
    const { server, place } = await placed();
    const serial = server.borrowBlob(...place);
    expect(serial).toBeGreaterThan(0);
    for (const [from, to, length] of [
      [0, 5_000, 5_000],
      [4_999, 5_001, 1],
      [5_001, 6_000, 0],
      [3, 1, 0],
      [-1, 5_000, 0],
      [4_990, -1, 10],
      [4_990, Number.NaN, 10],
      [0.5, 10, 0],
    ] as const) {
      expect(server.copyBlob(serial, from, to)).toHaveLength(length);
    }
    server.releaseBlob(serial, undefined);
  });
});

describe('options of a connection', () => {
  test('are an object', () => {
    for (const none of [undefined, null, 7, 'options', true] as never[]) {
      const dial = () => loadNative().dial(-1, 'none.sock', -1, none, 1, () => {});
      expect(dial).toThrow(/^connection options: an object is required/);
    }
  });

  const refused = (options: object) => {
    const whole = { ...NATIVE_OPTIONS, ...options } as NativeConnectionOptions;
    const dial = () => loadNative().dial(-1, 'none.sock', -1, whole, 1, () => {});
    expect(dial, JSON.stringify(options)).toThrow(/^connection options: /);
  };

  test('are texts of their length', () => {
    for (const fingerprint of [
      '',
      'a'.repeat(31),
      'a'.repeat(33),
      'a'.repeat(34),
      `${'a'.repeat(31)}g`,
      'A'.repeat(32),
    ])
      refused({ fingerprint });
    for (const codec of ['a', 'a'.repeat(15), 'a'.repeat(17), 'z'.repeat(16), 7]) refused({ codec });
    refused({ service: 'x'.repeat(256) });
    refused({ descriptor: 'x'.repeat(48 * 1024 + 1) });
    for (const name of ['service', 'fingerprint', 'descriptor']) refused({ [name]: 7 });
  });

  test.each([
    ['maxMessageBytes', 1_023, 2 ** 30 + 1],
    ['maxInFlight', -1, 2 ** 20 + 1],
    ['onewayWindow', -1, 2 ** 20 + 1],
    ['streamWindowBytes', -1, 2 ** 30 + 1],
    ['streamWindowItems', -1, 2 ** 20 + 1],
    ['maxBlobBytes', -1, 2 ** 48 + 1],
    ['maxFds', -1, 254],
    ['ringBytes', 2_048, 2 ** 30],
    ['ringBytes', 5_000, 2 ** 32 + 4_096],
    ['maxQueuedMessages', -1, 2 ** 24 + 1],
    ['maxQueuedBytes', -1, 1e12 + 1],
  ])('%s is neither below nor above its range, and a number', (name, below, above) => {
    for (const value of [below, above, Number.NaN, Infinity, -Infinity, '4096', null])
      refused({ [name]: value });
  });

  test('are refused by a listener likewise, and the handshake goes on waiting', async () => {
    const listening = new NativeListening({ handshakeTimeoutMs: 10_000 });
    const failure: unknown[] = [];
    listening.onHello = (handshake) => {
      try {
        listening.listener.welcome(handshake, { ...NATIVE_OPTIONS, ringBytes: 2 ** 32 + 4_096 });
      } catch (error) {
        failure.push(error);
      }
      listening.listener.refuse(handshake, 7, 'not you');
    };
    const outcome: { failure: NativeFailure | null } = await listening.dial();
    expect(outcome.failure).toMatchObject({ code: 7 });
    expect(failure).toHaveLength(1);
  });
});

test('a listener needs all that it is made of', () => {
  const { listen } = loadNative() as unknown as { listen(...what: unknown[]): unknown };
  const events = {};
  for (const what of [
    [],
    [0],
    ['0', 'x', {}, events],
    [0, 1, {}, events],
    [0, 'x', 1, events],
    [0, 'x', {}, 1],
  ])
    expect(() => listen(...what)).toThrow(/listen takes a descriptor, a name, options and events/);
});

test('a listener closes once, and tells who asked first', async () => {
  const listening = new NativeListening();
  let told = '';
  await new Promise<void>((resolve) => {
    listening.listener.close(() => {
      told += 'first';
      resolve();
    });
    listening.listener.close(() => {
      told += 'second';
      resolve();
    });
  });
  for (let i = 0; i < 5; i++) await turn();
  expect(told).toBe('first');
  listening.events.push('closed');
});
