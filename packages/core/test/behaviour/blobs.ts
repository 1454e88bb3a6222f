import { expect, test } from 'vitest';
import { RpcError } from '../../src/errors/rpc-error.js';
import { type BlobPlace, type BlobView, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { type RawEnd, type RawPair, rawPair } from './raw-pair.js';
import { until } from './waiting.js';

const KIB = 1024;
const MIB = 1024 * KIB;

function codeOf(act: () => unknown): string | undefined {
  try {
    act();
  } catch (error) {
    return error instanceof RpcError ? error.code : String(error);
  }
  return undefined;
}

/** Names a place to the other end, as a message's table does, and has it looked at there. */
async function handOver(from: RawEnd, to: RawEnd, place: BlobPlace): Promise<BlobView> {
  const before = to.received.length;
  const bytes = new TextEncoder().encode(JSON.stringify(place));
  from.send(Kind.request, 1, bytes);
  await until(() => to.received.length > before);
  const text = new TextDecoder().decode(to.received.at(-1)?.bytes);
  return to.connection.arena.view(JSON.parse(text));
}

async function released(end: RawEnd): Promise<void> {
  await until(() => end.connection.arena.stats.lentBytes === 0);
}

/** What a transport does with memory that is lent. */
export function describeBlobs(world: () => World): void {
  const pairOf = (maxBlobBytes: number): Promise<RawPair> =>
    rawPair(world().bed, { server: { maxBlobBytes } });

  test('memory that one side fills is seen by the other, and comes back', async () => {
    const pair = await pairOf(256 * MIB);
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      const { arena } = from.connection;
      for (const size of [1, 4095, 4096, 4097, 3 * MIB + 5]) {
        const memory = arena.allocate(size);
        expect(memory.length).toBe(size);
        memory.fill(7);
        memory[size - 1] = 9;
        const place = arena.place(memory);
        const view = await handOver(from, to, place);
        expect(view.bytes.length).toBe(size);
        expect(view.bytes[size - 1]).toBe(9);
        expect(view.bytes.indexOf(9)).toBe(size - 1);
        expect([...view.copy(size - 1)]).toEqual([9]);
        expect(view.copy().length).toBe(size);
        expect(() => view.copy(0, size + 1)).toThrow(RangeError);
        // It cannot be used anew before both have let it go.
        arena.dispose(memory);
        expect(memory.length).toBe(0);
        arena.dispose(memory);
        expect(arena.stats.allocatedBytes).toBeGreaterThanOrEqual(size);
        view.release();
        expect(view.bytes.length).toBe(0);
        expect(codeOf(() => view.copy())).toBe('FAILED_PRECONDITION');
        view.release();
        await released(from);
        expect(arena.stats).toMatchObject({ allocatedBytes: 0, lentBytes: 0 });
        expect(to.connection.arena.stats).toMatchObject({ heldBytes: 0, heldBlobs: 0 });
      }
    }
    await pair.close();
  });

  test('other bytes are copied in, and parts of own memory are lent as they are', async () => {
    const { client, server, close } = await pairOf(256 * MIB);
    const { arena } = client.connection;
    const foreign = await handOver(client, server, arena.place(new Uint8Array([1, 2, 3])));
    expect([...foreign.bytes]).toEqual([1, 2, 3]);
    const memory = arena.allocate(64 * KIB);
    memory.set([5, 6, 7], 10_000);
    const part = await handOver(client, server, arena.place(memory.subarray(10_000, 10_003)));
    expect([...part.bytes]).toEqual([5, 6, 7]);
    foreign.release();
    part.release();
    arena.dispose(memory);
    await released(client);
    expect(arena.stats.allocatedBytes).toBe(0);
    await close();
  });

  test('a blob may be copied from, and released, without a look at the whole', async () => {
    const { client, server, close } = await pairOf(256 * MIB);
    const { arena } = client.connection;
    const memory = arena.allocate(MIB).fill(5);
    const view = await handOver(client, server, arena.place(memory));
    const copy = view.copy(100, 104);
    const untouched = await handOver(client, server, arena.place(memory));
    view.release();
    untouched.release();
    expect([...copy]).toEqual([5, 5, 5, 5]);
    expect([view.bytes.length, untouched.bytes.length]).toEqual([0, 0]);
    await released(client);
    await close();
  });

  test('nothing lies nowhere', async () => {
    const { client, server, close } = await pairOf(256 * MIB);
    const { arena } = client.connection;
    for (const bytes of [new Uint8Array(0), arena.allocate(0)]) {
      const place = arena.place(bytes);
      expect(place).toEqual({ segment: 0, slot: 0, offset: 0, length: 0 });
      const view = await handOver(client, server, place);
      expect(view.bytes.length).toBe(0);
      view.release();
      arena.unplace(place);
      arena.dispose(bytes);
    }
    await close();
  });

  test('memory may be lent twice: each loan is seen and released for itself', async () => {
    const { client, server, close } = await pairOf(256 * MIB);
    const { arena } = client.connection;
    const memory = arena.allocate(8 * KIB).fill(3);
    const first = await handOver(client, server, arena.place(memory));
    const second = await handOver(client, server, arena.place(memory));
    arena.dispose(memory);
    // What one view's holder writes, the other's does not see.
    first.bytes[0] = 99;
    expect(second.bytes[0]).toBe(3);
    first.release();
    await until(() => arena.stats.lentBytes === 8 * KIB);
    expect(second.bytes.length).toBe(8 * KIB);
    expect(second.bytes.every((byte) => byte === 3)).toBe(true);
    expect(arena.stats.allocatedBytes).toBe(8 * KIB);
    second.release();
    await released(client);
    expect(arena.stats.allocatedBytes).toBe(0);
    await close();
  });

  test('the sender is told when the other side holds all it takes, and goes on when it has let go', async () => {
    const { client, server, close } = await pairOf(MIB);
    const { arena } = client.connection;
    expect(codeOf(() => arena.allocate(MIB + 1))).toBe('RESOURCE_EXHAUSTED');
    const views: BlobView[] = [];
    for (let i = 0; i < 4; i++) {
      views.push(await handOver(client, server, arena.place(new Uint8Array(MIB / 4))));
    }
    expect(() => arena.place(new Uint8Array(1))).toThrow(
      'RESOURCE_EXHAUSTED: no room for 1 bytes: the receiver of the blob takes 1048576 bytes of them (maxBlobBytes), ' +
        '1048576 are in use and 1048576 not released by it',
    );
    expect(codeOf(() => arena.allocate(1))).toBe('RESOURCE_EXHAUSTED');
    views[2]?.release();
    await until(() => arena.stats.allocatedBytes < MIB);
    const memory = arena.allocate(MIB / 4);
    const place = arena.place(memory);
    // Lent once more it would be more than the other side holds.
    expect(codeOf(() => arena.place(memory))).toBe('RESOURCE_EXHAUSTED');
    arena.unplace(place);
    arena.dispose(memory);
    for (const view of views) view.release();
    await released(client);
    expect(arena.stats.allocatedBytes).toBe(0);
    await close();
  });

  test('what is not sent after all is free again', async () => {
    const { client, close } = await pairOf(MIB);
    const { arena } = client.connection;
    for (let i = 0; i < 50; i++) arena.unplace(arena.place(new Uint8Array(MIB)));
    expect(arena.stats).toMatchObject({ allocatedBytes: 0, lentBytes: 0 });
    await close();
  });

  test('bytes of somebody else are not disposed of, and odd sizes are refused', async () => {
    const { client, server, close } = await pairOf(MIB);
    const { arena } = client.connection;
    const foreign = new Uint8Array(10);
    expect(codeOf(() => arena.dispose(foreign))).toBe('INVALID_ARGUMENT');
    expect(foreign.length).toBe(10);
    const view = await handOver(client, server, arena.place(foreign));
    expect(codeOf(() => server.connection.arena.dispose(view.bytes))).toBe('INVALID_ARGUMENT');
    for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(codeOf(() => arena.allocate(size))).toBe('INVALID_ARGUMENT');
    }
    expect(codeOf(() => arena.allocate(Number.MAX_SAFE_INTEGER))).toBe('RESOURCE_EXHAUSTED');
    await close();
  });

  test('a side that takes no blobs is sent none', async () => {
    const { client, close } = await pairOf(0);
    expect(codeOf(() => client.connection.arena.allocate(1))).toBe('FAILED_PRECONDITION');
    expect(codeOf(() => client.connection.arena.place(new Uint8Array(1)))).toBe('FAILED_PRECONDITION');
    await close();
  });

  test('a place that the other side made up ends the connection', async () => {
    for (const change of [{ slot: 0 }, { length: 2 ** 40 }, { length: 0 }]) {
      const { client, server, close } = await pairOf(MIB);
      const place = client.connection.arena.place(new Uint8Array(100));
      expect(codeOf(() => server.connection.arena.view({ ...place, ...change }))).toBe('INTERNAL');
      await close();
      expect(server.closed?.reason).toBe('protocol-error');
    }
  });

  test('a blob that is held is not given out twice', async () => {
    const { client, server, close } = await pairOf(MIB);
    const place = client.connection.arena.place(new Uint8Array([4, 2]));
    const view = await handOver(client, server, place);
    expect(codeOf(() => server.connection.arena.view(place))).toBe('INTERNAL');
    await close();
    expect(server.closed?.reason).toBe('protocol-error');
    expect([...view.bytes]).toEqual([4, 2]);
  });

  test('views and own memory outlive the connection, but nothing new is made', async () => {
    const pair = await pairOf(MIB);
    const { client, server } = pair;
    const { arena } = client.connection;
    const memory = arena.allocate(5).fill(1);
    const place = arena.place(memory);
    const view = await handOver(client, server, place);
    await pair.close();
    expect([...view.bytes]).toEqual([1, 1, 1, 1, 1]);
    view.bytes[0] = 2;
    memory.fill(3);
    for (const act of [
      () => arena.allocate(1),
      () => arena.place(memory),
      () => arena.place(new Uint8Array(1)),
      () => server.connection.arena.view(place),
    ]) {
      expect(codeOf(act)).toBe('UNAVAILABLE');
    }
    view.release();
    expect(view.bytes.length).toBe(0);
    arena.dispose(memory);
    expect(memory.length).toBe(0);
    expect(server.connection.arena.stats.heldBytes).toBe(0);
  });
}
