import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import type { Blob } from '../../src/contract/attachments.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { MemoryArena } from '../../src/transport/memory/arena.js';
import { ShmArena } from '../../src/transport/shm/arena.js';
import { blob } from '../../src/zod.js';
import type { World } from './bed.js';
import { type Gate, gate, turn, until } from './waiting.js';

const KIB = 1024;
const QUOTA = { limits: { maxBlobBytes: 64 * KIB } };

const frames = defineService('frames', {
  /** Keeps each frame until the next comes. */
  play: { input: stream(blob()), output: z.number() },
  pairs: { input: stream(z.array(blob())), output: z.number() },
  /** Keeps its blob until the test says otherwise. */
  hold: { input: blob() },
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
}
