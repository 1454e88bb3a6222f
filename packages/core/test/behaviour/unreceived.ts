import { EventEmitter, on } from 'node:events';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { blob } from '../../src/zod.js';
import type { World } from './bed.js';
import { failureOf, gate, until } from './waiting.js';

const late = defineService('late', {
  watch: { output: stream(z.array(z.unknown())) },
  size: { input: blob(), output: z.int() },
});

/** What is given when nobody takes it any more. */
export function describeUnreceived(world: () => World): void {
  describe('what nobody receives', () => {
    test('a stream that a handler returns after its reader has left is closed', async () => {
      const bus = new EventEmitter();
      const asked = gate();
      const granted = gate();
      await world().serve(late, {
        async watch() {
          asked.open();
          await granted.opened;
          return on(bus, 'event');
        },
        size: () => 0,
      });
      const client = world().connect(late);
      const reader = client.watch();
      const next = reader.next();
      await asked.opened;
      await reader.return();
      expect(await next).toMatchObject({ done: true });
      let listened = false;
      bus.once('newListener', () => {
        listened = true;
      });
      granted.open();
      await until(() => listened);
      await until(() => bus.listenerCount('event') === 0);
    });

    test('a reader leaves at once, also while an interceptor holds its call up', async () => {
      await world().serve(late, { watch: () => [], size: () => 0 });
      const held = gate();
      const client = world().connect(late, {
        interceptors: [
          async (_call, next) => {
            await held.opened;
            return next();
          },
        ],
      });
      const reader = client.watch();
      const next = reader.next();
      expect(await reader.return()).toMatchObject({ done: true });
      expect(await next).toMatchObject({ done: true });
      expect(await reader.next()).toMatchObject({ done: true });
      held.open();
    });

    test('memory that was disposed of is no blob of no bytes', async () => {
      await world().serve(late, { watch: () => [], size: (bytes) => bytes.byteLength });
      const client = world().connect(late);
      await client.ready();
      const memory = client.allocate(5000);
      const part = memory.subarray(10, 20);
      expect([await client.size(memory), await client.size(part)]).toEqual([5000, 10]);
      memory[Symbol.dispose]();
      for (const bytes of [memory, part])
        expect(await failureOf(client.size(bytes))).toMatchObject({ code: 'FAILED_PRECONDITION' });
      expect(await client.size(new Uint8Array(0))).toBe(0);
    });
  });
}
