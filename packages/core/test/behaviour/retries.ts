import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { FaultDialer } from './fault-dialer.js';
import { echo, quiet } from './services.js';
import { failureOf, gate, until } from './waiting.js';

/** Calls that a server has not taken, and those of which nobody knows. */
export function describeRetries(world: () => World): void {
  describe('calls of a connection that has ended', () => {
    test('what was certainly not taken is sent once more, exactly as it was', async () => {
      const received: unknown[] = [];
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          received.push([text, ctx.metadata.trace, (ctx.deadline ?? 0) > 0]);
          return text;
        },
      });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const calls = [client.say('a', { metadata: { trace: '7' } }), client.say('b')];
      dialer.latest.cut({ frozen: true });
      expect(await Promise.all(calls)).toEqual(['a', 'b']);
      expect(received).toEqual([
        ['a', '7', true],
        ['b', undefined, true],
      ]);
      expect(statsOf(client).retries).toBe(2);
    });

    test('a call that went on to the server is not sent again', async () => {
      let runs = 0;
      const held = gate();
      await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          runs += 1;
          await held.opened;
          return text;
        },
      });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      const taken = failureOf(client.say('taken'));
      await until(() => runs === 1);
      dialer.latest.holding = 'all';
      const untaken = client.say('untaken');
      dialer.latest.cut({ frozen: true });
      expect(await taken).toMatchObject({ code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true });
      await until(() => runs === 2);
      held.open();
      expect(await untaken).toBe('untaken');
    });

    test('without proof nothing is sent again', async () => {
      let runs = 0;
      await world().serve(echo, { ...quiet, say: (text) => text + String(runs++) });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const call = failureOf(client.say('x'));
      dialer.latest.cut({ frozen: false, reason: 'hangup' });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
      expect(await client.say('later')).toBe('later0');
    });

    test('a call is sent twice at most, and not when its bytes are lost', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const lost = failureOf(client.say('lost'));
      dialer.latest.cut({ frozen: true, withoutBytes: true });
      expect(await lost).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });

      dialer.holding = 'all';
      await until(() => dialer.connections.length === 2);
      dialer.latest.holding = 'all';
      const unlucky = failureOf(client.say('unlucky'));
      dialer.latest.cut({ frozen: true });
      await until(() => dialer.connections.length === 3 && dialer.latest.held.length === 1);
      dialer.latest.cut({ frozen: true });
      expect(await unlucky).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
    });

    test('a one-way call is never sent again, but counted', async () => {
      const notes: string[] = [];
      await world().serve(echo, { ...quiet, say: (text) => text, note: (text) => void notes.push(text) });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = [Kind.oneway];
      await client.note('lost');
      dialer.latest.cut({ frozen: true });
      await until(() => dialer.connections.length === 2);
      await client.note('kept');
      await until(() => notes.length === 1);
      expect(notes).toEqual(['kept']);
      expect(statsOf(client).lostOneways).toBe(1);
    });

    test('a retried call keeps its deadline and its signal', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const controller = new AbortController();
      // Long enough that a busy machine gets as far as the retry before it passes.
      const timed = failureOf(client.say('timed', { timeoutMs: 1_500 }));
      const aborted = failureOf(client.say('aborted', { signal: controller.signal }));
      // The server's end would say that it may have executed the calls.
      dialer.latest.silence();
      await server.close();
      dialer.latest.cut({ frozen: true });
      await until(() => statsOf(client).waiting === 2);
      controller.abort();
      expect(await aborted).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
      expect(await timed).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
    });

    test('what was meant for one contract is not sent to another', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      dialer.latest.holding = 'all';
      const call = failureOf(client.say('x'));
      // The server's end would say that it may have executed the calls.
      dialer.latest.silence();
      await server.close();
      dialer.latest.cut({ frozen: true });
      await until(() => statsOf(client).waiting === 1);
      const other = defineService('echo', { say: { input: z.string(), output: z.string() }, added: {} });
      await world().serve(other, { say: (text) => text, added: () => {} });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: false });
      expect(await client.say('fresh')).toBe('fresh');
    });
  });
}
