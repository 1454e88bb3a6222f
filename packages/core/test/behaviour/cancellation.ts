import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { statsOf } from '../../src/client/stub.js';
import { defineService } from '../../src/contract/define-service.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { echo, quiet } from './services.js';
import { failureOf, gate, until, withEnoughTime } from './waiting.js';

export function describeCancellation(world: () => World): void {
  describe('cancellation', () => {
    test('an abort reaches the handler, and the caller at once', async () => {
      let signal: AbortSignal | undefined;
      await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const client = world().connect(echo);
      const controller = new AbortController();
      const call = failureOf(client.say('x', { signal: controller.signal }));
      await until(() => signal !== undefined);
      expect(signal?.aborted).toBe(false);
      controller.abort(new Error('changed my mind'));
      const error = await call;
      expect(error).toMatchObject({ code: 'CANCELLED', origin: 'client', maybeExecuted: true });
      expect((error.cause as Error).message).toBe('changed my mind');
      await until(() => signal?.aborted === true);
      expect(signal?.reason).toMatchObject({ code: 'CANCELLED' });
    });

    test('an abort out of the input itself counts, too', async () => {
      const service = defineService('aborts', {
        take: { input: z.object({ text: z.string() }), output: z.object({ text: z.string() }) },
      });
      await world().serve(service, {
        take: (input) => new Promise((resolve) => setImmediate(resolve, input)),
      });
      const client = world().connect(service);
      await client.ready();
      const controller = new AbortController();
      const input = {
        get text() {
          controller.abort();
          return 'x';
        },
      };
      const error = await failureOf(client.take(input, { signal: controller.signal, timeoutMs: 60_000 }));
      expect(error).toMatchObject({ code: 'CANCELLED', origin: 'client' });
    });

    test('a signal that a handler reads only later is aborted already', async () => {
      const looked = gate<boolean>();
      const go = gate();
      let running = false;
      await world().serve(echo, {
        ...quiet,
        say: async (text, ctx) => {
          running = true;
          await go.opened;
          looked.open(ctx.signal.aborted);
          return text;
        },
      });
      const client = world().connect(echo);
      const controller = new AbortController();
      const call = failureOf(client.say('x', { signal: controller.signal }));
      await until(() => running);
      controller.abort();
      await call;
      await until(() => statsOf(client).lateAnswers === 1);
      go.open();
      expect(await looked.opened).toBe(true);
    });

    test('a timeout of AbortSignal is a deadline; a signal that was aborted before sends nothing', async () => {
      let runs = 0;
      await world().serve(echo, {
        ...quiet,
        say: () => {
          runs += 1;
          return new Promise(() => {});
        },
      });
      const client = world().connect(echo);
      await client.ready();
      const before = await failureOf(client.say('x', { signal: AbortSignal.abort() }));
      expect(before).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
      expect(runs).toBe(0);
      // On a busy machine the time may be over before the call has left.
      const timedOut = await withEnoughTime(10, async (ms) => {
        const error = await failureOf(client.say('x', { signal: AbortSignal.timeout(ms) }));
        return error.maybeExecuted ? error : undefined;
      });
      expect(timedOut).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: true });
    });

    test('a signal that outlives its calls keeps no listeners', async () => {
      await world().serve(echo, { ...quiet, say: (text) => text });
      const client = world().connect(echo);
      const controller = new AbortController();
      let listeners = 0;
      const { signal } = controller;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners += 1;
        add(...args);
      };
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        listeners -= 1;
        remove(...args);
      };
      for (let i = 0; i < 20; i += 1) await client.say('x', { signal });
      expect(listeners).toBe(0);
      controller.abort();
      expect(await client.say('still fine')).toBe('still fine');
    });

    test('every request that a server took is answered exactly once, cancelled or not', async () => {
      const held = gate();
      await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          await held.opened;
          return text;
        },
      });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.call(Kind.request, 'say', 'a', 1);
      raw.call(Kind.request, 'say', 'b', 2);
      raw.control(Kind.cancel, 1);
      // For nobody: its answer might have been on the way.
      raw.control(Kind.cancel, 77);
      await until(() => raw.answersTo(1).length === 1);
      expect(raw.answersTo(1)[0]).toMatchObject({ kind: Kind.error, aux: 1 });
      held.open();
      await until(() => raw.answersTo(2).length === 1);
      raw.call(Kind.request, 'say', 'c', 3);
      await until(() => raw.answersTo(3).length === 1);
      expect(raw.answersTo(1)).toHaveLength(1);
      expect(raw.closed).toBe(undefined);
      raw.connection.close();
      await until(() => raw.closed !== undefined);
    });

    test('a request whose cancel came in the same batch is not run', async () => {
      let runs = 0;
      await world().serve(echo, { ...quiet, say: (text) => text + String(runs++) });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.call(Kind.request, 'say', 'a', 1);
      raw.control(Kind.cancel, 1);
      await until(() => raw.answersTo(1).length === 1);
      expect(raw.answersTo(1)[0]).toMatchObject({ kind: Kind.error, aux: 1, flags: Flag.notExecuted });
      expect(runs).toBe(0);
      raw.connection.close();
    });

    test('calls that a handler has made are cancelled with it', async () => {
      const innerSignals: AbortSignal[] = [];
      await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          innerSignals.push(ctx.signal);
          return new Promise(() => {});
        },
      });
      const inner = world().connect(echo);
      const outer = defineService('outer', { run: {} });
      const innerErrors: unknown[] = [];
      await world().serve(outer, {
        run: async () => {
          const record = (error: unknown) => void innerErrors.push(error);
          await Promise.all([inner.say('one').catch(record), inner.say('two').catch(record)]);
          await inner.say('three').catch(record);
        },
      });
      const controller = new AbortController();
      const call = failureOf(world().connect(outer).run(undefined, { signal: controller.signal }));
      await until(() => innerSignals.length === 2);
      const bystander = inner.say('not inside', { timeoutMs: 100_000 });
      bystander.catch(() => {});
      await until(() => innerSignals.length === 3);
      controller.abort();
      expect((await call).code).toBe('CANCELLED');
      await until(() => innerErrors.length === 3);
      expect(innerErrors).toMatchObject([
        { code: 'CANCELLED', maybeExecuted: true },
        { code: 'CANCELLED', maybeExecuted: true },
        { code: 'CANCELLED', maybeExecuted: false },
      ]);
      await until(() => innerSignals.slice(0, 2).every((signal) => signal.aborted));
      expect(innerSignals[2]?.aborted).toBe(false);
    });

    test('a call that is cancelled while its input is judged is not run', async () => {
      const judging = gate();
      const verdict = gate<boolean>();
      let runs = 0;
      const judged = defineService('judged', {
        run: {
          input: z.string().refine(async () => {
            judging.open();
            return verdict.opened;
          }),
        },
      });
      await world().serve(judged, { run: () => void runs++ });
      const client = world().connect(judged);
      const controller = new AbortController();
      const call = failureOf(client.run('x', { signal: controller.signal }));
      await judging.opened;
      controller.abort();
      await call;
      await until(() => statsOf(client).lateAnswers === 1);
      verdict.open(true);
      await client.health();
      expect(runs).toBe(0);
    });

    test('a caller that is gone without a word aborts its calls', async () => {
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.call(Kind.request, 'say', 'x', 1);
      await until(() => signal !== undefined);
      raw.connection.close();
      await until(() => signal?.aborted === true && server.stats().connections === 0);
      expect(signal?.reason).toMatchObject({ code: 'CANCELLED', origin: 'transport' });
    });

    test('closing a client ends its calls, on both sides', async () => {
      let signal: AbortSignal | undefined;
      const server = await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          signal = ctx.signal;
          return new Promise(() => {});
        },
      });
      const client = world().connect(echo);
      const call = failureOf(client.say('x'));
      await until(() => signal !== undefined);
      await client.close();
      expect(await call).toMatchObject({ code: 'CANCELLED', maybeExecuted: true });
      await until(() => signal?.aborted === true && server.stats().connections === 0);
      expect(server.stats().inFlight).toBe(0);
    });
  });
}
