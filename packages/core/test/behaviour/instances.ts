import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import type { World } from './bed.js';
import { echo, quiet } from './services.js';
import { failureOf, gate, until } from './waiting.js';

export function describeInstances(world: () => World): void {
  describe('several instances', () => {
    test('calls go to the one with the fewest in flight', async () => {
      const started: string[] = [];
      const gates = [gate(), gate(), gate()];
      for (const [index, held] of gates.entries()) {
        await world().serve(echo, {
          ...quiet,
          say: async (text) => {
            started.push(`${index}`);
            await held.opened;
            return text;
          },
        });
      }
      const client = world().connect(echo);
      await client.ready();
      await until(() => statsOf(client).connections === 3);
      const calls = Array.from({ length: 6 }, () => client.say('x'));
      await until(() => started.length === 6);
      expect([...started].sort()).toEqual(['0', '0', '1', '1', '2', '2']);
      // One instance is done: the next two calls are its own.
      gates[1]?.open();
      await until(() => world().servers[1]?.stats().inFlight === 0);
      await Promise.race(calls);
      started.length = 0;
      const more = [client.say('y'), client.say('y')];
      await until(() => started.length === 2);
      expect(started).toEqual(['1', '1']);
      for (const held of gates) held.open();
      await Promise.all([...calls, ...more]);
    });

    test('idle instances take turns', async () => {
      const seen = [0, 0];
      for (const index of [0, 1]) {
        await world().serve(echo, {
          ...quiet,
          say: (text) => {
            seen[index] = (seen[index] as number) + 1;
            return text;
          },
        });
      }
      const client = world().connect(echo);
      await client.ready();
      await until(() => statsOf(client).connections === 2);
      for (let i = 0; i < 10; i += 1) await client.say('x');
      expect(seen).toEqual([5, 5]);
    });

    test('instances that come are noticed, those that go are done without', async () => {
      const first = await world().serve(echo, { ...quiet, say: () => 'first' });
      const client = world().connect(echo);
      expect(await client.say('')).toBe('first');
      const second = await world().serve(echo, { ...quiet, say: () => 'second' });
      await until(() => statsOf(client).connections === 2);
      await first.drain();
      expect(await client.say('')).toBe('second');
      await world().serve(echo, { ...quiet, say: () => 'third' });
      await until(() => statsOf(client).connections === 2);
      await second.close();
      expect(await client.say('')).toBe('third');
    });

    test('one connection for each instance, up to maxConnections', async () => {
      for (let i = 0; i < 4; i += 1) await world().serve(echo, { ...quiet, say: (text) => text });
      const client = world().connect(echo, { maxConnections: 2 });
      for (let i = 0; i < 10; i += 1) await client.say('x');
      const connections = world().servers.map((server) => server.stats().connections);
      expect(connections.reduce((sum, count) => sum + count)).toBe(2);
    });
  });

  describe('contracts that differ', () => {
    const text = { input: z.string(), output: z.string() };

    test('are judged method by method; what both mean alike can be called', async () => {
      const mine = defineService('things', {
        changed: { input: z.object({ id: z.number() }), output: z.string() },
        gone: {},
        same: {
          input: z.object({ name: z.string(), tags: z.set(z.string()) }),
          output: z.object({ a: z.number() }),
        },
        zebra: text,
      });
      const theirs = defineService('things', {
        added: {},
        changed: { input: z.object({ id: z.string() }), output: z.string() },
        same: {
          input: z.object({ name: z.string(), tags: z.set(z.string()) }),
          output: z.object({ a: z.number() }),
        },
        zebra: text,
      });
      await world().serve(theirs, {
        added: () => {},
        changed: () => '',
        same: ({ name, tags }) => ({ a: name.length + tags.size }),
        zebra: (input) => input,
      });
      const client = world().connect(mine);
      // The first call waits for the connection: it is encoded before the server's contract is known.
      expect(await client.same({ name: 'abc', tags: new Set(['x', 'y']) })).toEqual({ a: 5 });
      expect(await client.zebra('z')).toBe('z');
      const changed = await failureOf(client.changed({ id: 1 }));
      expect(changed).toMatchObject({ code: 'FAILED_PRECONDITION', origin: 'client', maybeExecuted: false });
      expect(changed.message).toContain('things/changed');
      expect(changed.message).toContain('number');
      expect(changed.message).toContain('string');
      const gone = await failureOf(client.gone());
      expect(gone).toMatchObject({ code: 'UNIMPLEMENTED', origin: 'client', maybeExecuted: false });
      expect(gone.message).toContain('gone');
    });

    test('a call that waited for a server that cannot take it ends then', async () => {
      const mine = defineService('things', { only: {} });
      const client = world().connect(mine);
      const call = failureOf(client.only());
      await world().serve(defineService('things', { other: {} }), { other: () => {} });
      expect(await call).toMatchObject({ code: 'UNIMPLEMENTED', maybeExecuted: false });
    });

    test('a method goes to the instances that have it', async () => {
      const old = defineService('things', { zebra: text });
      const current = defineService('things', { added: text, zebra: text });
      await world().serve(old, { zebra: () => 'old' });
      await world().serve(current, { added: () => 'current', zebra: () => 'current' });
      const client = world().connect(current);
      for (let i = 0; i < 4; i += 1) expect(await client.added('x')).toBe('current');
      await until(() => statsOf(client).connections === 2);
      const answers = new Set(await Promise.all(Array.from({ length: 8 }, () => client.zebra('x'))));
      expect(answers).toEqual(new Set(['old', 'current']));
    });

    test('declared errors and their data pass between contracts that differ elsewhere', async () => {
      const errors = {
        FULL: { code: 'RESOURCE_EXHAUSTED', data: z.object({ left: z.number(), of: z.number() }) },
      } as const;
      const mine = defineService('things', { put: { input: z.string(), errors } });
      const theirs = defineService('things', { added: {}, put: { input: z.string(), errors } });
      await world().serve(theirs, {
        added: () => {},
        put: (_, ctx) => {
          throw ctx.error('FULL', { left: 1, of: 2 });
        },
      });
      const error = await failureOf(world().connect(mine).put('x'));
      expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'FULL', data: { left: 1, of: 2 } });
    });
  });
}
