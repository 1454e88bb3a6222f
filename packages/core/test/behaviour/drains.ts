import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { FaultDialer } from './fault-dialer.js';
import { RawClient } from './raw-client.js';
import { blobs, echo, quiet } from './services.js';
import { failureOf, gate, turn, until } from './waiting.js';

export function describeDrains(world: () => World): void {
  describe('drain', () => {
    const feed = defineService('feed', { watch: { output: stream(z.number()) } });

    test('what is in flight is finished, new calls go elsewhere, nothing fails', async () => {
      const held = gate();
      const first = await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          await held.opened;
          return `first ${text}`;
        },
      });
      const client = world().connect(echo);
      const inFlight = client.say('in flight');
      await until(() => first.stats().inFlight === 1);
      const drained = first.drain();
      let done = false;
      void drained.then(() => {
        done = true;
      });
      const second = await world().serve(echo, { ...quiet, say: (text) => `second ${text}` });
      await until(() => second.stats().connections === 1 && statsOf(client).connections === 1);
      expect(await client.say('new')).toBe('second new');
      expect(done).toBe(false);
      expect(first.stats().inFlight).toBe(1);
      held.open();
      expect(await inFlight).toBe('first in flight');
      await drained;
      expect(first.stats().connections).toBe(0);
    });

    test('under load no call is lost while servers take turns', async () => {
      let served = 0;
      const handlers = {
        ...quiet,
        say: async (text: string) => {
          served += 1;
          await null;
          return text;
        },
      };
      let server = await world().serve(echo, handlers);
      const clients = [world().connect(echo), world().connect(echo)];
      let stop = false;
      const failures: unknown[] = [];
      const load = clients.flatMap((client) =>
        Array.from({ length: 8 }, async (_, worker) => {
          for (let i = 0; !stop; i += 1) {
            const text = `${worker}/${i}`;
            await client.say(text).then(
              (answer) => answer === text || failures.push(answer),
              (error) => failures.push(error),
            );
          }
        }),
      );
      for (let round = 0; round < 6; round += 1) {
        const before = served;
        await until(() => served > before + 200);
        const next = await world().serve(echo, handlers);
        await server.drain();
        server = next;
      }
      stop = true;
      await Promise.all(load);
      expect(failures).toEqual([]);
    });

    test('large calls that are on their way when the drain begins are served', async () => {
      const first = await world().serve(blobs, {
        upload: (bytes) => bytes.length,
        download: () => new Uint8Array(0),
        reverse: (bytes) => bytes,
      });
      const client = world().connect(blobs);
      await client.ready();
      const calls = Array.from({ length: 4 }, () => client.upload(new Uint8Array(4_000_000)));
      const drained = first.drain();
      expect(await Promise.all(calls)).toEqual([4_000_000, 4_000_000, 4_000_000, 4_000_000]);
      await drained;
    });

    test('the last answers reach a client that reads slowly before the connection closes', async () => {
      const server = await world().serve(
        blobs,
        {
          upload: (bytes) => bytes.length,
          download: (size) => new Uint8Array(size),
          reverse: (bytes) => bytes,
        },
        {},
        { ringBytes: 8_192 },
      );
      const raw = await RawClient.connect(world().bed.dialer(), blobs);
      raw.deaf = true;
      raw.call(Kind.request, 'download', 1_000_000, 1);
      await until(() => server.stats().calls === 1 && server.stats().inFlight === 0);
      const drained = server.drain({ timeoutMs: 60_000 });
      raw.control(Kind.goaway, 0);
      for (let i = 0; i < 200; i += 1) await turn();
      expect(server.stats().connections).toBe(1);
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.closed !== undefined);
      expect(raw.answersTo(1).map(({ bytes }) => bytes.length > 1_000_000)).toEqual([true]);
      await drained;
    });

    test('what is not finished in time ends with UNAVAILABLE', async () => {
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const call = failureOf(world().connect(echo).say('endless'));
      await until(() => signal !== undefined);
      await server.drain({ timeoutMs: 10 });
      expect(await call).toMatchObject({ code: 'UNAVAILABLE', origin: 'server', maybeExecuted: true });
      expect(signal?.aborted).toBe(true);
    });

    test('a handler that is told of it ends its stream in good order', async () => {
      let late: AbortSignal | undefined;
      const server = await world().serve(feed, {
        async *watch(_, ctx) {
          expect(ctx.draining.aborted).toBe(false);
          expect(ctx.draining).toBe(ctx.draining);
          yield 1;
          await new Promise((resolve) => ctx.draining.addEventListener('abort', resolve));
          late = ctx.draining;
          yield 2;
        },
      });
      const reader = world().connect(feed).watch();
      expect(await reader.next()).toEqual({ done: false, value: 1 });
      const drained = server.drain({ timeoutMs: 60_000 });
      expect(await reader.next()).toEqual({ done: false, value: 2 });
      expect(await reader.next()).toEqual({ done: true, value: undefined });
      await drained;
      expect(late?.aborted).toBe(true);
      expect(late?.reason).toMatchObject({ name: 'AbortError', message: 'the server is draining' });
    });

    test('a handler that asks for the first time while its server drains is told at once', async () => {
      const held = gate();
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: async (text, ctx) => {
          await held.opened;
          signal = ctx.draining;
          return text;
        },
      });
      const call = world().connect(echo).say('hello');
      await until(() => server.stats().inFlight === 1);
      const drained = server.drain({ timeoutMs: 60_000 });
      held.open();
      expect(await call).toBe('hello');
      await drained;
      expect(signal?.aborted).toBe(true);
    });

    test('closing twice, draining after closing, closing while draining', async () => {
      const handlers = { ...quiet, say: () => new Promise<string>(() => {}) };
      const one = await world().serve(echo, handlers);
      await Promise.all([one.close(), one.close()]);
      await one.drain();
      const two = await world().serve(echo, handlers);
      const call = failureOf(world().connect(echo).say('x'));
      await until(() => two.stats().inFlight === 1);
      const drained = two.drain({ timeoutMs: 60_000 });
      await two.close();
      await drained;
      expect((await call).code).toBe('UNAVAILABLE');
    });

    test('a client that goes silent does not hold a drain up beyond its timeout', async () => {
      const server = await world().serve(echo, { ...quiet, say: (text) => text });
      const dialer = new FaultDialer(world().bed.dialer());
      const client = world().connect(echo, { dialer });
      await client.ready();
      await until(() => server.stats().connections === 1);
      dialer.latest.holding = [Kind.goaway];
      await server.drain({ timeoutMs: 20 });
      expect(server.stats().connections).toBe(0);
    });
  });
}
