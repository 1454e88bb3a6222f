import { constants } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, write } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { NativeConnection } from '@doorcall/native';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ShmArena } from '../../src/transport/shm/arena.js';
import {
  type Arena,
  type ArenaStats,
  type BlobPlace,
  type BlobView,
  Kind,
} from '../../src/transport/transport.js';
import { turn, until } from '../behaviour/waiting.js';
import { type Client, connect, textOf } from './support/client.js';
import { temporaryFolder } from './support/places.js';
import { type ServerProcess, serve } from './support/server-process.js';

const KIB = 1024;
const MIB = 1024 * KIB;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Asked {
  readonly place?: BlobPlace;
  readonly expected?: number;
  readonly write?: number;
  readonly keep?: boolean;
  readonly back?: { readonly bytes: number; readonly value: number };
}

interface Answered {
  readonly good?: boolean;
  readonly place?: BlobPlace;
  readonly code?: string;
}

interface Setup {
  readonly server: ServerProcess;
  readonly client: Client;
  readonly arena: Arena;
  ask(asked: Asked): Promise<Answered>;
  /** A blob of the server's. */
  receive(bytes: number, value: number): Promise<BlobView>;
  there(): Promise<ArenaStats>;
}

async function setUp(hello: { maxBlobBytes?: number } = {}): Promise<Setup> {
  const directory = temporaryFolder();
  const server = await serve({ acceptor: { directory }, hello });
  const client = await connect({ directory }, hello);
  await server.tell('mode', { to: 'blobs' });
  const { arena } = client.connection;
  const ask = async (asked: Asked) =>
    JSON.parse(textOf(await client.call(JSON.stringify(asked)))) as Answered;
  return {
    server,
    client,
    arena,
    ask,
    receive: async (bytes, value) => arena.view((await ask({ back: { bytes, value } })).place as BlobPlace),
    there: async () => (await server.tell('arena')) as ArenaStats,
  };
}

const openHere = () => readdirSync('/proc/self/fd').length;
/** Mappings of arenas in this process. */
const mappings = () => readFileSync('/proc/self/maps', 'utf8').match(/memfd:doorcall-arena/g)?.length ?? 0;

/** Nothing holds the bytes but the operation itself. */
function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    write(fd, bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Until what nobody refers to any more has been told of. */
async function collected(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) {
    collectGarbage();
    await turn();
  }
}

describe('blobs between processes', () => {
  test('are seen there and here, and come back', async () => {
    const { arena, ask, receive, there } = await setUp();
    for (const bytes of [1, 5_000, 3 * MIB, 70 * MIB]) {
      const memory = arena.allocate(bytes).fill(5);
      expect(await ask({ place: arena.place(memory), expected: 5 })).toEqual({ good: true });
      arena.dispose(memory);
      const view = await receive(bytes, 6);
      expect([view.bytes.length, view.bytes[0], view.bytes[bytes - 1]]).toEqual([bytes, 6, 6]);
      view.release();
    }
    await until(() => arena.stats.allocatedBytes === 0);
    while ((await there()).allocatedBytes > 0) await turn();
  });

  test('that were written there show nothing stale when their memory is used again', async () => {
    const { arena, ask } = await setUp();
    const memory = arena.allocate(300 * KIB);
    for (let round = 0; round < 30; round++) {
      memory.fill(round);
      const place = arena.place(memory);
      expect(await ask({ place, expected: round, write: 255 })).toEqual({ good: true });
      expect(memory.every((byte) => byte === round)).toBe(true);
      await until(() => arena.stats.lentBytes === 0);
    }
  });

  test('that were written here show nothing stale, whether released or collected', async () => {
    const { receive, there } = await setUp();
    for (let round = 0; round < 10; round++) {
      await (async () => {
        const view = await receive(200 * KIB, round);
        expect(view.bytes.every((byte) => byte === round)).toBe(true);
        view.bytes.fill(99);
        if (round % 2 === 0) view.release();
      })();
      await collected(async () => (await there()).allocatedBytes === 0);
    }
  });

  test('stay readable, and writable, when their owner is killed', async () => {
    const { client, server, arena, receive } = await setUp();
    const view = await receive(2 * MIB, 8);
    const unseen = await receive(MIB, 9);
    process.kill(server.pid, 'SIGKILL');
    expect(await client.sink.closed()).toMatchObject({ reason: 'died' });
    expect(view.bytes.every((byte) => byte === 8)).toBe(true);
    view.bytes.fill(1);
    expect(unseen.bytes.every((byte) => byte === 9)).toBe(true);
    expect([...unseen.copy(3, 5)]).toEqual([9, 9]);
    const before = mappings();
    expect(before).toBeGreaterThan(0);
    view.release();
    unseen.release();
    expect(arena.stats.heldBlobs).toBe(0);
    expect([view.bytes.length, unseen.bytes.length]).toEqual([0, 0]);
  });

  test('come back when nobody refers to them any more', async () => {
    const { arena, receive, ask, there } = await setUp();
    await (async () => {
      const looked = await receive(64 * KIB, 1);
      expect(looked.bytes[0]).toBe(1);
      await receive(64 * KIB, 2);
      const onlyBytes = (await receive(64 * KIB, 3)).bytes;
      collectGarbage();
      await turn();
      // The bytes alone hold it, too.
      expect(onlyBytes[64 * KIB - 1]).toBe(3);
      await ask({ place: arena.place(arena.allocate(64 * KIB).fill(4)), expected: 4 });
    })();
    await collected(async () => (await there()).lentBytes === 0);
    await collected(() => arena.stats.heldBlobs === 0 && arena.stats.allocatedBytes === 0);
  });

  test('are held by their view as long as somebody has it, also when it was never looked at', async () => {
    const { arena, receive, there } = await setUp();
    let kept: BlobView | undefined = await receive(64 * KIB, 1);
    for (let i = 0; i < 20; i++) {
      collectGarbage();
      await turn();
    }
    expect(arena.stats.heldBlobs).toBe(1);
    expect([...kept.copy(0, 1)]).toEqual([1]);
    kept = undefined;
    await collected(() => arena.stats.heldBlobs === 0);
    await collected(async () => (await there()).lentBytes === 0);
  });

  test('are held by their bytes alone, also when those were asked for late', async () => {
    const { arena, receive } = await setUp();
    let bytes: Uint8Array | undefined = await (async () => {
      const view = await receive(64 * KIB, 1);
      // Its collection would release it from now on.
      for (let i = 0; i < 5; i++) await turn();
      return view.bytes;
    })();
    for (let i = 0; i < 20; i++) {
      collectGarbage();
      await turn();
    }
    expect(arena.stats.heldBlobs).toBe(1);
    expect(bytes.every((byte) => byte === 1)).toBe(true);
    bytes = undefined;
    await collected(() => arena.stats.heldBlobs === 0);
  });

  test('that are released in the jobs that they came with are never watched for collection', async () => {
    const { client, arena, ask } = await setUp();
    const register = vi.spyOn(FinalizationRegistry.prototype, 'register');
    onTestFinished(() => register.mockRestore());
    const watched = () => register.mock.calls.filter(([target]) => target.constructor.name === 'View').length;
    const views: BlobView[] = [];
    const receive = async () =>
      arena.view((await ask({ back: { bytes: 100, value: 1 } })).place as BlobPlace);
    /** Seen where its message is delivered, and let go of by whoever waits for that. */
    const released = async (jobs: number) => {
      const payload = Buffer.from(JSON.stringify({ back: { bytes: 100, value: 1 } }));
      client.connection.send(Kind.request, 0, 3, jobs, 0, payload, 0, payload.length);
      let view: BlobView | undefined;
      await client.sink.until(() => {
        const answer = client.sink.received.find(({ callId }) => callId === jobs);
        if (answer !== undefined)
          view = arena.view((JSON.parse(textOf(answer)) as Answered).place as BlobPlace);
        return answer !== undefined;
      });
      for (let i = 0; i < jobs; i++) await undefined;
      expect([...(view?.copy(0, 1) ?? [])]).toEqual([1]);
      view?.release();
    };
    for (const jobs of [0, 1, 10]) await released(jobs);
    const looked = await receive();
    expect(looked.bytes).toHaveLength(100);
    await turn();
    expect(watched()).toBe(0);
    for (let i = 0; i < 3; i++) {
      views.push(await receive());
      await turn();
    }
    // Not at once: those that are released soon cost nothing.
    await until(() => watched() === 3);
    for (const view of [...views, looked]) view.release();
    await until(() => arena.stats.heldBlobs === 0);
  });

  test('that were only copied from, and others that were written, show what was sent last', async () => {
    const { receive, there } = await setUp();
    for (let round = 0; round < 12; round++) {
      const view = await receive(200 * KIB, round);
      if (round % 3 === 1) {
        expect(view.copy().every((byte) => byte === round)).toBe(true);
      } else {
        expect(view.bytes.every((byte) => byte === round)).toBe(true);
        view.bytes.fill(99);
        expect(view.copy(7, 8)[0]).toBe(99);
      }
      view.release();
      await collected(async () => (await there()).allocatedBytes === 0);
    }
  });

  test('that are never released run their sender into what the other side takes', async () => {
    const { arena, ask, server } = await setUp({ maxBlobBytes: MIB });
    for (let i = 0; i < 4; i++) {
      const place = arena.place(new Uint8Array(MIB / 4));
      expect(await ask({ place, expected: 0, keep: true })).toEqual({ good: true });
    }
    expect(() => arena.place(new Uint8Array(1))).toThrow('RESOURCE_EXHAUSTED');
    await server.tell('release');
    await until(() => arena.stats.lentBytes === 0);
    expect(await ask({ place: arena.place(new Uint8Array(MIB)), expected: 0 })).toEqual({ good: true });
  });

  test('find room where smaller ones have been', async () => {
    const { arena } = await setUp({ maxBlobBytes: 100 * MIB });
    for (const size of [80, 81, 82, 83, 84]) arena.dispose(arena.allocate(size * MIB));
    expect(arena.stats.allocatedBytes).toBe(0);
  });

  test('that lie in the same memory are mapped apart, but not without end; the connection lives', async () => {
    const { arena, ask, server } = await setUp();
    const memory = arena.allocate(4 * KIB).fill(6);
    const lend = () => ask({ place: arena.place(memory), expected: 6, keep: true });
    // The first lies in the mapping of the segment.
    for (let i = 0; i <= 1_024; i++) expect(await lend()).toEqual({ good: true });
    expect(await lend()).toEqual({ code: 'RESOURCE_EXHAUSTED' });
    await server.tell('release');
    await until(() => arena.stats.lentBytes === 0);
    expect(await lend()).toEqual({ good: true });
    expect(await lend()).toEqual({ good: true });
  });

  test('go round and round in blocking calls, though the loop never turns', async () => {
    const { client, arena } = await setUp({ maxBlobBytes: MIB });
    const { callSync } = client.connection;
    const payload = new TextEncoder().encode(JSON.stringify({ back: { bytes: MIB / 4, value: 3 } }));
    for (let i = 0; i < 50; i++) {
      const deadline = Number(process.hrtime.bigint()) / 1e6 + 10_000;
      const reply = callSync?.(0, 0, 7, 0, payload, 0, payload.length, deadline);
      const answer = JSON.parse(new TextDecoder().decode(reply?.bytes.subarray(reply.start, reply.end)));
      expect(answer.code).toBeUndefined();
      const view = arena.view(answer.place);
      expect(view.bytes[100]).toBe(3);
      view.release();
      // The other way: own memory is free as soon as both have let it go.
      arena.dispose(arena.allocate(MIB));
    }
  });

  test('leave descriptors and mappings as they were', async () => {
    const { client, server, arena, ask, receive } = await setUp();
    const round = async (value: number) => {
      expect(await ask({ place: arena.place(new Uint8Array(9_000).fill(value)), expected: value })).toEqual({
        good: true,
      });
      const view = await receive(9_000, value);
      expect(view.bytes[8_999]).toBe(value);
      view.release();
    };
    await collected(() => mappings() === 0);
    for (let i = 0; i < 10; i++) await round(1);
    const there = async () => ((await server.tell('resources')) as { fds: number }).fds;
    const before = [openHere(), mappings(), await there()];
    for (let i = 0; i < 1_000; i++) await round(i % 251);
    expect([openHere(), mappings(), await there()]).toEqual(before);
    client.connection.close();
    await client.sink.closed();
    expect(openHere()).toBeLessThan(before[0] as number);
    await collected(() => mappings() === 0);
  });

  test('under native I/O stay mapped until it is done, also when they are released meanwhile', async () => {
    await collected(() => mappings() === 0);
    const { client, receive } = await setUp();
    const pipe = path.join(temporaryFolder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    // Open for both, or opening would wait for the other end.
    const fd = openSync(pipe, 'r+');
    const bytes = MIB;
    const { written } = await (async () => {
      const view = await receive(bytes, 7);
      // A thread sleeps in the middle of it, since nobody reads.
      const writing = writeAll(fd, view.bytes);
      view.release();
      return { written: writing };
    })();
    client.connection.close();
    await client.sink.closed();
    for (let i = 0; i < 20; i++) {
      collectGarbage();
      await turn();
    }
    expect(mappings()).toBeGreaterThan(0);
    const buffer = Buffer.alloc(bytes);
    for (let at = 0; at < bytes; ) at += readSync(fd, buffer, at, bytes - at, null);
    await written;
    closeSync(fd);
    expect(buffer.every((byte) => byte === 7)).toBe(true);
    await collected(() => mappings() === 0);
  });

  test('are copied where the host allows no memory but its own', () => {
    const script = fileURLToPath(new URL('./fixtures/copies.mjs', import.meta.url));
    const output = execFileSync(process.execPath, [script, temporaryFolder()], {
      env: { ...process.env, DOORCALL_NO_EXTERNAL_MEMORY: '1' },
      encoding: 'utf8',
    });
    const { seen, stats } = JSON.parse(output);
    for (let round = 0; round < 5; round++) {
      expect(seen[2 * round]).toEqual([299_990, round, 2]);
      expect(seen[2 * round + 1][1]).toBe(0);
    }
    expect(stats).toMatchObject({ allocatedBytes: 0, lentBytes: 0 });
  });

  test('stay where they are for whoever has taken the memory of what is read, until that is collected', () => {
    const script = fileURLToPath(new URL('./fixtures/taken.mjs', import.meta.url));
    const output = execFileSync(process.execPath, [script, temporaryFolder()], { encoding: 'utf8' });
    expect(Number(output)).toBe(6 * 5_000);
  });

  test('longer than any array fail, and go back', () => {
    const releaseBlob = vi.fn();
    const arena = new ShmArena({ borrowBlob: () => 7, releaseBlob } as unknown as NativeConnection);
    const view = () => arena.view({ segment: 1, slot: 1, offset: 0, length: constants.MAX_LENGTH + 1 });
    expect(view).toThrow('RESOURCE_EXHAUSTED');
    expect(releaseBlob.mock.calls).toEqual([[7, undefined]]);
  });

  test('are read where a segment is larger than any array', () => {
    const script = fileURLToPath(new URL('./fixtures/large-segments.mjs', import.meta.url));
    const { seen, tooLong, stats } = JSON.parse(
      execFileSync(process.execPath, [script, temporaryFolder()], { encoding: 'utf8' }),
    );
    expect(seen).toEqual(Array(3).fill([2, 7, 50 * MIB, 2]));
    expect(tooLong).toBe('INVALID_ARGUMENT');
    expect(stats).toMatchObject({ allocatedBytes: 0, lentBytes: 0 });
  });
});
