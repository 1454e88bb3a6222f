import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Blob } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import type { Memory } from '../../src/contract/memory.js';
import { stream } from '../../src/contract/stream.js';
import type { HandlerContext } from '../../src/contract/types.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { MemoryArena } from '../../src/transport/memory/arena.js';
import { ShmArena } from '../../src/transport/shm/arena.js';
import { blob } from '../../src/zod.js';
import type { World } from './bed.js';
import { failureOf, type Gate, gate, turn, until } from './waiting.js';

const KIB = 1024;
const QUOTA = { limits: { maxBlobBytes: 64 * KIB } };

const frames = defineService('frames', {
  /** Keeps each frame until the next comes. */
  play: { input: stream(blob()), output: z.number() },
  pairs: { input: stream(z.array(blob())), output: z.number() },
  /** Keeps its blob until the test says otherwise. */
  hold: { input: blob() },
  /** So many frames of 20 KiB, made when there is room. */
  show: { input: z.number(), output: stream(blob()) },
});

function handlersFor(released: Gate) {
  return {
    async play(items: AsyncIterable<Blob>) {
      let last: Blob | undefined;
      let count = 0;
      for await (const frame of items) {
        last?.release();
        last = frame;
        count += 1;
      }
      last?.release();
      return count;
    },
    async pairs(items: AsyncIterable<Blob[]>) {
      let count = 0;
      for await (const item of items) {
        for (const each of item) each.release();
        count += 1;
      }
      return count;
    },
    async hold(data: Blob) {
      await released.opened;
      data.release();
    },
    async *show(count: number, ctx: Pick<HandlerContext, 'allocateLater'>) {
      for (let i = 0; i < count; i += 1) yield (await ctx.allocateLater(20 * KIB)).fill(i);
    },
  };
}

/** How often a method of an arena is called in this process, of whatever transport it is. */
function callsOf(method: 'place' | 'awaitRoom'): () => number {
  const spies = [MemoryArena, ShmArena].map(({ prototype }) => vi.spyOn(prototype, method));
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export function describeWaitingBlobs(world: () => World): void {
  describe('blobs of items that find no room', () => {
    test.each(['disposed of', 'forgotten'])('go on when memory of this side is %s', async (how) => {
      await world().serve(frames, handlersFor(gate()), QUOTA);
      const client = world().connect(frames);
      await client.ready();
      const waits = callsOf('awaitRoom');
      let memory: Disposable | undefined = client.allocate(40 * KIB);
      let played = 0;
      const playing = client.play([1, 2, 3].map(() => new Uint8Array(20 * KIB))).then((count) => {
        played = count;
      });
      await until(() => waits() > 0);
      for (let i = 0; i < 10; i += 1) await turn();
      expect(played).toBe(0);
      if (how === 'disposed of') memory[Symbol.dispose]();
      memory = undefined;
      await until(() => {
        if (how === 'forgotten') collectGarbage();
        return played > 0;
      });
      await playing;
      expect(played).toBe(3);
    });

    test('are tried again when there is room, and not because another has tried', async () => {
      const released = gate();
      await world().serve(frames, handlersFor(released), QUOTA);
      const client = world().connect(frames);
      await client.ready();
      const holding = client.hold(new Uint8Array(20 * KIB));
      const attempts = callsOf('place');
      const pair = () => [new Uint8Array(12 * KIB), new Uint8Array(40 * KIB)];
      const streams = [1, 2].map(() => client.pairs([pair(), pair()]));
      await until(() => attempts() >= 4);
      for (let i = 0; i < 50 && attempts() < 1_000; i += 1) await turn();
      expect(attempts()).toBeLessThan(40);
      released.open();
      expect(await Promise.all(streams)).toEqual([2, 2]);
      await holding;
    });
  });

  describe('memory that is waited for', () => {
    test('a generator goes on as fast as its reader releases, and holds no more than the quota', async () => {
      await world().serve(frames, handlersFor(gate()));
      const client = world().connect(frames, { maxBlobBytes: 64 * KIB });
      const waits = callsOf('awaitRoom');
      const seen: number[] = [];
      for await (const frame of client.show(20)) {
        for (let i = 0; i < 5; i += 1) await turn();
        seen.push(frame.bytes[0] as number);
        frame.release();
      }
      expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect(waits()).toBeGreaterThan(0);
    });

    test('a handler waits no longer than its call', async () => {
      const ended: unknown[] = [];
      await world().serve(frames, {
        ...handlersFor(gate()),
        async *show(count, ctx) {
          try {
            yield* handlersFor(gate()).show(count, ctx);
          } catch (error) {
            ended.push(RpcError.from(error).code);
            throw error;
          }
        },
      });
      const client = world().connect(frames, { maxBlobBytes: 64 * KIB });
      const waits = callsOf('awaitRoom');
      const reader = client.show(20);
      // Never released.
      for (let i = 0; i < 3; i += 1) await reader.next();
      await until(() => waits() > 0);
      await reader.return();
      await until(() => ended.length > 0);
      expect(ended).toEqual(['CANCELLED']);
    });

    test('a client waits until the server has released enough, or until its signal or the connection ends that', async () => {
      const releases = [gate(), gate()];
      let holding = 0;
      const hold = async (data: Blob) => {
        await releases[holding++]?.opened;
        data.release();
      };
      await world().serve(frames, { ...handlersFor(gate()), hold }, QUOTA);
      const client = world().connect(frames);
      expect(await failureOf(client.allocateLater(1))).toMatchObject({ code: 'FAILED_PRECONDITION' });
      await client.ready();
      expect((await client.allocateLater(4)).length).toBe(4);
      const held = [1, 2].map(() => client.hold(new Uint8Array(24 * KIB)));
      for (const bytes of [-1, 0.5])
        expect(await failureOf(client.allocateLater(bytes))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      // However much it releases.
      const tooMuch = await failureOf(client.allocateLater(65 * KIB));
      expect(tooMuch).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
      const reason = new Error('enough');
      const aborted = AbortSignal.abort(reason);
      const gaveUp = await failureOf(client.allocateLater(48 * KIB, { signal: aborted }));
      expect(gaveUp).toMatchObject({ code: 'CANCELLED', cause: reason });
      const signal = AbortSignal.timeout(5);
      expect(await failureOf(client.allocateLater(48 * KIB, { signal }))).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      let memory: Memory | undefined;
      const allocated = client.allocateLater(48 * KIB).then((made) => {
        memory = made;
      });
      for (const [index, release] of releases.entries()) {
        for (let i = 0; i < 10; i += 1) await turn();
        expect(memory, `after ${index} releases`).toBeUndefined();
        release.open();
        await held[index];
      }
      await allocated;
      expect(memory?.length).toBe(48 * KIB);
      // All is this side's own: nobody could make room.
      const own = await failureOf(client.allocateLater(48 * KIB));
      expect(own).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    });

    test('a client that is closed meanwhile is told', async () => {
      await world().serve(frames, handlersFor(gate()), QUOTA);
      const client = world().connect(frames);
      await client.ready();
      client.hold(new Uint8Array(40 * KIB)).catch(() => {});
      const waiting = failureOf(client.allocateLater(40 * KIB));
      await turn();
      await client.close();
      expect(await waiting).toMatchObject({ code: 'UNAVAILABLE' });
      expect(() => client.allocate(1)).toThrow(/FAILED_PRECONDITION: the client of frames is closed/);
    });
  });
}
