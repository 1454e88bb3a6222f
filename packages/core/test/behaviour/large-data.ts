import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import type { Blob } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import type { Memory } from '../../src/contract/memory.js';
import { stream } from '../../src/contract/stream.js';
import { blob } from '../../src/zod.js';
import type { World } from './bed.js';
import { failureOf, until, withEnoughTime } from './waiting.js';

const MIB = 1024 * 1024;

const files = defineService('files', {
  sum: { input: blob(), output: z.number() },
  small: { input: blob({ maxBytes: 10 }), output: z.number() },
  fill: { input: z.object({ bytes: z.number(), byte: z.number(), own: z.boolean() }), output: blob() },
  both: {
    input: z.object({ parts: z.array(blob()), name: z.string() }),
    output: z.object({ joined: blob(), name: z.string() }),
  },
  /** Keeps what it gets until it is told otherwise. */
  keep: { input: blob() },
  release: {},
  chunks: { input: z.number(), output: stream(blob()) },
  collect: { input: stream(blob()), output: z.number() },
});

const sumOf = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum + byte, 0);

function serveFiles(world: World, kept: Blob[] = [], maxBlobBytes = 64 * MIB) {
  return world.serve(
    files,
    {
      sum(data) {
        using held = data;
        return sumOf(held.bytes);
      },
      small: (data) => data.byteLength,
      fill({ bytes, byte, own }, ctx) {
        return (own ? ctx.allocate(bytes) : new Uint8Array(bytes)).fill(byte);
      },
      both({ parts, name }) {
        const joined = Buffer.concat(parts.map((part) => part.bytes));
        for (const part of parts) part.release();
        return { joined, name: name.toUpperCase() };
      },
      keep: (data) => void kept.push(data),
      release() {
        for (const data of kept.splice(0)) data.release();
      },
      *chunks(count) {
        for (let i = 0; i < count; i += 1) yield new Uint8Array(100_000).fill(i);
      },
      async collect(items) {
        let sum = 0;
        for await (const item of items) {
          using held = item;
          sum += held.byteLength;
        }
        return sum;
      },
    },
    { limits: { maxBlobBytes } },
  );
}

export function describeLargeData(world: () => World): void {
  describe('large data', () => {
    test('memory of one’s own is handed over, any other is copied; both ways', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      await client.ready();
      using memory = client.allocate(3 * MIB);
      memory.fill(1);
      expect(await client.sum(memory)).toBe(3 * MIB);
      // A part of it, the same again, and memory from elsewhere.
      expect(await client.sum(memory.subarray(10, 20))).toBe(10);
      expect(await client.sum(memory)).toBe(3 * MIB);
      expect(await client.sum(new Uint8Array(1_000).fill(2))).toBe(2_000);
      expect(await client.sum(new Uint8Array(0))).toBe(0);
      for (const own of [true, false]) {
        using filled = await client.fill({ bytes: 2 * MIB, byte: 7, own });
        expect(filled.byteLength).toBe(2 * MIB);
        expect(filled.bytes.every((byte) => byte === 7)).toBe(true);
      }
      const { joined, name } = await client.both({
        parts: [memory.subarray(0, 5), Buffer.from('abc')],
        name: 'x',
      });
      expect([...joined.bytes]).toEqual([1, 1, 1, 1, 1, 97, 98, 99]);
      expect(name).toBe('X');
      joined.release();
    });

    test('in streams, both ways', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      let i = 0;
      for await (const chunk of client.chunks(30)) {
        using held = chunk;
        expect(sumOf(held.bytes)).toBe(100_000 * i);
        i += 1;
      }
      expect(i).toBe(30);
      const parts = Array.from({ length: 30 }, () => new Uint8Array(100_000));
      expect(await client.collect(parts)).toBe(3_000_000);
      await until(() => statsOf(client).inFlight === 0);
    });

    test('what a handler allocates goes with its answer, sent or not; what it keeps does not', async () => {
      const service = defineService('givers', {
        give: { input: z.enum(['all', 'part', 'late', 'invalid', 'again']), output: z.array(blob()) },
        keep: { output: blob() },
        items: { output: stream(blob()) },
      });
      const given: Memory[] = [];
      let kept: Memory | undefined;
      await world().serve(service, {
        async give(how, ctx) {
          const memory = how === 'again' ? (given.at(-1) as Memory) : ctx.allocate(MIB);
          given.push(memory);
          if (how === 'late')
            await new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(undefined)));
          if (how === 'part') return [memory.subarray(0, 10), memory.subarray(5)];
          return [how === 'invalid' ? ('none' as never) : memory, memory];
        },
        keep(_, ctx) {
          kept ??= ctx.allocate(MIB, { keep: true });
          return kept.fill(7);
        },
        *items(_, ctx) {
          for (let i = 0; i < 2; i += 1) {
            const memory = ctx.allocate(MIB).fill(i);
            given.push(memory);
            yield memory;
            expect(memory).toHaveLength(0);
          }
        },
      });
      const client = world().connect(service, { maxBlobBytes: 3 * MIB });
      for (let round = 0; round < 5; round += 1) {
        for (const how of ['all', 'part'] as const) for (const one of await client.give(how)) one.release();
        const controller = new AbortController();
        const before = given.length;
        const late = failureOf(client.give('late', { signal: controller.signal }));
        await until(() => given.length > before);
        controller.abort();
        await late;
        expect(await failureOf(client.give('invalid'))).toMatchObject({ code: 'INTERNAL' });
        let i = 0;
        for await (const item of client.items()) {
          expect(item.copy(0, 1)[0]).toBe(i);
          item.release();
          i += 1;
        }
        await until(() => given.every(({ length }) => length === 0));
      }
      expect(await failureOf(client.give('again'))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: expect.stringContaining('given away before'),
      });
      for (let round = 0; round < 5; round += 1) {
        using data = await client.keep();
        expect(data.bytes[MIB - 1]).toBe(7);
      }
      expect(kept).toHaveLength(MIB);
    });

    test('streams wait for a slow reader to release, whatever it has read', async () => {
      await serveFiles(world(), [], 300_000);
      const client = world().connect(files, { maxBlobBytes: 300_000 });
      let i = 0;
      let former: Blob | undefined;
      for await (const chunk of client.chunks(30)) {
        // One is held while the next is asked for.
        former?.release();
        former = chunk;
        await client.health();
        expect(chunk.copy(0, 1)[0]).toBe(i);
        i += 1;
      }
      expect(i).toBe(30);
      former?.release();
      expect(await client.collect(Array.from({ length: 30 }, () => new Uint8Array(100_000)))).toBe(3_000_000);
      // What can never fit is told, behind what was on its way.
      expect(await failureOf(client.collect([new Uint8Array(9), new Uint8Array(400_000)]))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        message: expect.stringContaining('item 1'),
      });
      await until(() => statsOf(client).inFlight === 0);
    });

    test('a reader of a stream that never releases stops its writer, until the deadline', async () => {
      await serveFiles(world());
      const client = world().connect(files, { maxBlobBytes: 300_000 });
      const kept = await withEnoughTime(500, async (timeoutMs) => {
        const chunks: Blob[] = [];
        const read = async () => {
          for await (const chunk of client.chunks(30, { timeoutMs })) chunks.push(chunk);
        };
        expect(await failureOf(read())).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
        if (chunks.length > 1) return chunks;
        for (const chunk of chunks) chunk.release();
        return undefined;
      });
      expect(kept).toHaveLength(2);
      for (const chunk of kept) chunk.release();
    });

    test('what is written to a received view is seen by nobody else; a copy outlives it; use of a released blob is a typed error', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      const data = await client.fill({ bytes: MIB, byte: 3, own: true });
      data.bytes[0] = 99;
      const copy = data.copy();
      expect([copy[0], copy[1]]).toEqual([99, 3]);
      data.release();
      expect(copy.length).toBe(MIB);
      expect(() => data.bytes).toThrow(/FAILED_PRECONDITION: the blob was released/);
      expect(() => data.copy()).toThrow(/released/);
      data.release();
      // What was written does not show when the memory is used again.
      for (let round = 0; round < 3; round += 1) {
        using again = await client.fill({ bytes: MIB, byte: 3, own: true });
        expect(again.bytes[0]).toBe(3);
      }
      expect(await failureOf(client.sum(data as never))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    test('bytes can be read for the length of a function, which releases or keeps nothing', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      const data = await client.fill({ bytes: MIB, byte: 3, own: true });
      expect(data.read(sumOf)).toBe(3 * MIB);
      // As often as one likes, and what was written is there as long as the blob is held.
      data.read((bytes) => bytes.fill(4, 0, 10));
      expect(data.read((bytes) => [bytes.length, bytes[9], bytes[10]])).toEqual([MIB, 4, 3]);
      expect([...data.copy(9, 11)]).toEqual([4, 3]);
      const thrown = new Error('of the work');
      const work = () => {
        throw thrown;
      };
      expect(() => data.read(work)).toThrow(thrown);
      expect(() => data.read(async () => {})).toThrow(/TypeError|blob\.hold/);
      // Released within: when the work is done.
      const sum = data.read((bytes) => {
        data.release();
        return sumOf(bytes.subarray(0, 20));
      });
      expect(sum).toBe(10 * 4 + 10 * 3);
      expect(() => data.read(sumOf)).toThrow(/FAILED_PRECONDITION: the blob was released/);
      // Nor does what was written show when the memory is used again.
      for (let round = 0; round < 3; round += 1) {
        using again = await client.fill({ bytes: MIB, byte: 3, own: true });
        expect(again.read((bytes) => bytes[0])).toBe(3);
      }
      using whole = await client.fill({ bytes: 10, byte: 1, own: false });
      expect(whole.bytes).toHaveLength(10);
      expect(whole.read((bytes) => bytes)).toBe(whole.bytes);
      using nothing = await client.fill({ bytes: 0, byte: 1, own: false });
      expect(nothing.read((bytes) => bytes.length)).toBe(0);
    });

    test('retained bytes stay until they were released as often', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      const data = await client.fill({ bytes: 10, byte: 1, own: false });
      data.retain();
      data.release();
      expect(data.bytes.length).toBe(10);
      data.release();
      expect(() => data.bytes).toThrow(/released/);
      expect(() => data.retain()).toThrow(/released/);
    });

    test('bytes that are held for a promise stay until it is settled', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      const data = await client.fill({ bytes: 10, byte: 1, own: false });
      let settle: (how: 'resolve' | 'reject') => void = () => {};
      const work = (seen: Uint8Array) =>
        new Promise<number>((resolve, reject) => {
          settle = (how) => (how === 'resolve' ? resolve(sumOf(seen)) : reject(new Error('disk full')));
        });
      const [first, second] = [data.hold(work), data.hold(() => 7)];
      expect(await second).toBe(7);
      const settleFirst = settle;
      const third = data.hold(work).catch((error: Error) => error.message);
      data.release();
      settleFirst('resolve');
      expect(await first).toBe(10);
      expect(data.bytes).toHaveLength(10);
      settle('reject');
      expect(await third).toBe('disk full');
      expect(() => data.bytes).toThrow(/released/);
      expect(await failureOf(data.hold(work))).toMatchObject({ code: 'FAILED_PRECONDITION' });
    });

    test('a receiver that never releases runs into its own quota: a typed error for the sender', async () => {
      const kept: Blob[] = [];
      await serveFiles(world(), kept, 8 * MIB);
      const client = world().connect(files);
      await client.ready();
      for (let i = 0; i < 8; i += 1) await client.keep(new Uint8Array(MIB).fill(i));
      const error = await failureOf(client.keep(new Uint8Array(MIB)));
      expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', maybeExecuted: false });
      expect(() => client.allocate(MIB)).toThrow(/RESOURCE_EXHAUSTED/);
      expect(await failureOf(client.sum(new Uint8Array(20 * MIB)))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
      });
      // Others and other calls do not notice; what was kept is whole.
      expect(kept.map((data) => data.bytes[MIB - 1])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      await client.release();
      let sent = false;
      while (!sent)
        sent = await client.keep(new Uint8Array(MIB)).then(
          () => true,
          () => false,
        );
      await client.release();
    });

    test('limits of the schema, values that are no blobs, sizes that are none', async () => {
      await serveFiles(world());
      const client = world().connect(files);
      await client.ready();
      expect(await client.small(new Uint8Array(10))).toBe(10);
      const error = await failureOf(client.small(new Uint8Array(11)));
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(error.message).toContain('at most 10 bytes');
      expect(await failureOf(client.sum('text' as never))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      for (const size of [-1, 1.5, Number.NaN])
        expect(() => client.allocate(size)).toThrow(/INVALID_ARGUMENT/);
      expect(() => world().connect(files).allocate(1)).toThrow(/FAILED_PRECONDITION/);
    });

    test('refused, cancelled and unread blobs go back', async () => {
      await serveFiles(world(), [], 8 * MIB);
      const client = world().connect(files);
      await client.ready();
      // More in all than may be held at once.
      for (let round = 0; round < 30; round += 1) {
        await failureOf(client.small(new Uint8Array(MIB)));
        const controller = new AbortController();
        const call = client.sum(new Uint8Array(MIB), { signal: controller.signal }).catch(() => {});
        controller.abort();
        await call;
        for await (const chunk of client.chunks(5)) {
          chunk.release();
          break;
        }
        await client.health();
      }
      expect(await client.sum(new Uint8Array(MIB).fill(1))).toBe(MIB);
    });

    test('views stay readable when the connection is gone', async () => {
      const server = await serveFiles(world());
      const client = world().connect(files);
      const data = await client.fill({ bytes: MIB, byte: 5, own: true });
      await server.close();
      await client.close();
      expect(sumOf(data.bytes)).toBe(5 * MIB);
      data.release();
      expect(() => data.bytes).toThrow(/released/);
    });
  });
}
