import { describe, expect, test } from 'vitest';
import { deadlineToWire, monotonicMs } from '../../src/context/clock.js';
import { detached, type Scope } from '../../src/context/scope.js';
import { defineService } from '../../src/contract/define-service.js';
import { Flag, Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { echo, quiet } from './services.js';
import { failureOf, type Gate, gate, turn, until, withEnoughTime } from './waiting.js';

export function describeDeadlines(world: () => World): void {
  describe('deadlines', () => {
    test('a call that is not answered in time ends on both sides', async () => {
      let reason: unknown;
      await world().serve(echo, {
        ...quiet,
        say: (_, ctx) =>
          new Promise((resolve) => {
            ctx.signal.addEventListener('abort', () => {
              reason = ctx.signal.reason;
              resolve('too late');
            });
          }),
      });
      const client = world().connect(echo);
      await client.ready();
      // On a busy machine the time may be over before the server has begun.
      const error = await withEnoughTime(20, async (timeoutMs) => {
        const ended = await failureOf(client.say('slow', { timeoutMs }));
        return ended.maybeExecuted ? ended : undefined;
      });
      expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', origin: 'client', maybeExecuted: true });
      expect(error.message).toContain('echo/say');
      await until(() => reason !== undefined);
      expect(reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    });

    test('the handler sees the deadline; options, a Date and the default set it', async () => {
      const seen: (number | undefined)[] = [];
      await world().serve(echo, { ...quiet, say: (text, ctx) => text + void seen.push(ctx.deadline) });
      const client = world().connect(echo, { defaultTimeoutMs: 17_000 });
      const before = Date.now();
      await client.say('a');
      await client.say('b', { timeoutMs: 12_000 });
      await client.say('c', { deadline: new Date(Date.now() + 13_000) });
      await client.say('d', { deadline: Date.now() + 19_000, timeoutMs: 11_000 });
      await client.say('e', { timeoutMs: Number.POSITIVE_INFINITY });
      const after = Date.now();
      const within = (index: number, ms: number) => {
        expect(seen[index]).toBeGreaterThanOrEqual(before + ms - 2);
        expect(seen[index]).toBeLessThanOrEqual(after + ms + 2);
      };
      within(0, 17_000);
      within(1, 12_000);
      within(2, 13_000);
      within(3, 11_000);
      expect(seen[4]).toBe(undefined);
    });

    test('a deadline in the past ends the call before anything is sent', async () => {
      let runs = 0;
      await world().serve(echo, { ...quiet, say: (text) => text + String(runs++) });
      const client = world().connect(echo);
      for (const options of [{ timeoutMs: 0 }, { timeoutMs: -5 }, { deadline: Date.now() - 1 }]) {
        const error = await failureOf(client.say('never', options));
        expect(error).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
      }
      expect(await failureOf(client.say('?', { timeoutMs: Number.NaN }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(runs).toBe(0);
    });

    test('a request whose deadline passed on the way is answered and not run', async () => {
      const ran: string[] = [];
      const occupied = gate();
      await world().serve(
        echo,
        {
          ...quiet,
          say: async (text) => {
            ran.push(text);
            if (text === 'occupant') await occupied.opened;
            return text;
          },
        },
        { limits: { maxInFlight: 1 } },
      );
      const first = world().connect(echo);
      const second = world().connect(echo);
      const occupant = first.say('occupant');
      await until(() => ran.length === 1);
      // The server holds this one back until it has room.
      const late = await failureOf(second.say('late', { timeoutMs: 15 }));
      expect(late.code).toBe('DEADLINE_EXCEEDED');
      // It travels in units of 65 µs: for the server it is over a little later.
      const over = monotonicMs() + 1;
      await until(() => monotonicMs() > over);
      occupied.open();
      expect(await occupant).toBe('occupant');
      expect(await second.say('next')).toBe('next');
      expect(ran).toEqual(['occupant', 'next']);
    });

    test('late answers are dropped and counted, and never cross', async () => {
      const gates = new Map<string, Gate>();
      await world().serve(echo, {
        ...quiet,
        say: async (text) => {
          const held = gate();
          gates.set(text, held);
          await held.opened;
          return text;
        },
      });
      const client = world().connect(echo);
      await client.ready();
      const abandoned = Array.from({ length: 10 }, (_, i) =>
        failureOf(client.say(`old ${i}`, { timeoutMs: 20 })),
      );
      expect((await Promise.all(abandoned)).every((error) => error.code === 'DEADLINE_EXCEEDED')).toBe(true);
      const fresh = Array.from({ length: 10 }, (_, i) => client.say(`new ${i}`));
      // Those that came to their server too late were not begun.
      await until(() => fresh.every((_, i) => gates.has(`new ${i}`)));
      for (const held of gates.values()) held.open();
      expect(await Promise.all(fresh)).toEqual(Array.from({ length: 10 }, (_, i) => `new ${i}`));
    });

    test('a call inside a handler has no more time than is left, unless it is detached', async () => {
      const deadlines: Record<string, number | undefined> = {};
      await world().serve(echo, {
        ...quiet,
        say: (text, ctx) => {
          deadlines[text] = ctx.deadline;
          return text;
        },
      });
      const inner = world().connect(echo);
      const outerService = defineService('outer', { run: {} });
      await world().serve(outerService, {
        run: async (_, ctx) => {
          deadlines.outer = ctx.deadline;
          await inner.say('first');
          await turn();
          await inner.say('after await', { timeoutMs: 60_000 });
          await inner.say('shorter', { timeoutMs: 20_000 });
          await detached(() => inner.say('detached', { timeoutMs: 60_000 }));
          openInnerCalls = (ctx as unknown as Scope).innerCalls;
        },
      });
      let openInnerCalls: number | undefined;
      const start = Date.now();
      await world().connect(outerService).run(undefined, { timeoutMs: 40_000 });
      const outer = deadlines.outer as number;
      expect(deadlines.first).toBeLessThanOrEqual(outer + 1);
      expect(deadlines['after await']).toBeLessThanOrEqual(outer + 1);
      expect(deadlines.shorter).toBeLessThan(outer - 10_000);
      expect(deadlines.detached).toBeGreaterThanOrEqual(start + 59_000);
      expect(openInnerCalls).toBe(0);
    });

    test('the server keeps deadlines by itself, whatever the client does', async () => {
      const signals: AbortSignal[] = [];
      let runs = 0;
      await world().serve(echo, {
        ...quiet,
        say: (_, ctx) => {
          runs += 1;
          signals.push(ctx.signal);
          return new Promise(() => {});
        },
      });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      const now = monotonicMs();
      const DEADLINE_EXCEEDED = 4;
      raw.call(Kind.request, 'say', 'late already', 1, deadlineToWire(now - 1, now));
      await until(() => raw.answersTo(1).length === 1);
      expect(raw.answersTo(1)[0]).toMatchObject({ aux: DEADLINE_EXCEEDED, flags: Flag.notExecuted });
      expect(runs).toBe(0);
      let id = 1;
      // On a busy machine the time may be over before the server has begun.
      const begun = await withEnoughTime(30, async (ms) => {
        id += 1;
        const sentMs = monotonicMs();
        raw.call(Kind.request, 'say', 'late soon', id, deadlineToWire(sentMs + ms, sentMs));
        await until(() => raw.answersTo(id).length === 1);
        expect(monotonicMs()).toBeGreaterThanOrEqual(sentMs + ms);
        const [answer] = raw.answersTo(id);
        return answer?.flags === Flag.notExecuted ? undefined : answer;
      });
      expect(begun).toMatchObject({ aux: DEADLINE_EXCEEDED, flags: 0 });
      expect(runs).toBe(1);
      expect(signals.map((signal) => signal.aborted)).toEqual([true]);
      raw.connection.close();
    });

    test('hundreds of deadlines fire by one timer, each in its time', async () => {
      await world().serve(echo, { ...quiet, say: (_, ctx) => new Promise(() => void ctx.signal) });
      const client = world().connect(echo);
      await client.ready();
      const calls = Array.from({ length: 300 }, async (_, i) => {
        const timeoutMs = 10 + ((i * 37) % 60);
        const start = monotonicMs();
        const { code } = await failureOf(client.say('x', { timeoutMs }));
        return code === 'DEADLINE_EXCEEDED' && monotonicMs() - start >= timeoutMs - 0.1;
      });
      expect((await Promise.all(calls)).every(Boolean)).toBe(true);
    });
  });
}
