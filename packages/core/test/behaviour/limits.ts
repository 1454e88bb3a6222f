import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/client/stub.js';
import { Kind } from '../../src/transport/transport.js';
import type { World } from './bed.js';
import { RawClient } from './raw-client.js';
import { blobs, echo } from './services.js';
import { failureOf, type Gate, gate, turn, until } from './waiting.js';

/** Handlers that do not return before they are told to. */
class Holding {
  readonly running: { readonly text: string; readonly gate: Gate }[] = [];
  started = 0;
  peak = 0;

  readonly say = async (text: string): Promise<string> => {
    await this.#hold(text);
    return text;
  };
  readonly note = (text: string): Promise<void> => this.#hold(text);
  readonly nothing = (): void => {};

  /** Lets the oldest go. */
  release(): void {
    this.running.shift()?.gate.open();
  }

  async #hold(text: string): Promise<void> {
    const entry = { text, gate: gate() };
    this.started += 1;
    this.running.push(entry);
    this.peak = Math.max(this.peak, this.running.length);
    await entry.gate.opened;
  }
}

/** Enough turns for whatever could still happen to happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await turn();
}

export function describeLimits(world: () => World): void {
  describe('limits', () => {
    test('a client keeps to what the server announces, and the rest waits its turn', async () => {
      const handlers = new Holding();
      await world().serve(echo, handlers, { limits: { maxInFlightPerConnection: 3 } });
      const client = world().connect(echo);
      const calls = Array.from({ length: 10 }, (_, i) => client.say(`${i}`));
      await until(() => handlers.started === 3);
      await settle();
      expect(handlers.started).toBe(3);
      expect(statsOf(client).waiting).toBe(7);
      const order: string[] = [];
      while (handlers.running.length > 0) {
        order.push(handlers.running[0]?.text ?? '');
        handlers.release();
        await settle();
      }
      expect(await Promise.all(calls)).toEqual(order);
      expect(handlers.peak).toBe(3);
    });

    test('no more than maxQueuedCalls wait; a waiting call can end by its deadline or its signal', async () => {
      const handlers = new Holding();
      await world().serve(echo, handlers, { limits: { maxInFlightPerConnection: 1 } });
      const client = world().connect(echo, { maxQueuedCalls: 3 });
      const first = client.say('first');
      await until(() => handlers.started === 1);
      const controller = new AbortController();
      const waiting = [
        failureOf(client.say('a', { timeoutMs: 10 })),
        failureOf(client.say('b', { signal: controller.signal })),
        client.say('c'),
      ];
      expect(await failureOf(client.say('one too many'))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        maybeExecuted: false,
      });
      expect(await waiting[0]).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: false });
      controller.abort();
      expect(await waiting[1]).toMatchObject({ code: 'CANCELLED', maybeExecuted: false });
      handlers.release();
      expect(await first).toBe('first');
      await until(() => handlers.running.length === 1);
      expect(handlers.running[0]?.text).toBe('c');
      handlers.release();
      expect(await waiting[2]).toBe('c');
    });

    test('a client that ignores the limit is held back, not served more', async () => {
      const handlers = new Holding();
      await world().serve(echo, handlers, { limits: { maxInFlightPerConnection: 2 } });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      for (let id = 1; id <= 6; id += 1) raw.call(Kind.request, 'say', `${id}`, id);
      await until(() => handlers.started === 2);
      await settle();
      expect(handlers.started).toBe(2);
      for (let done = 0; done < 6; done += 1) {
        await until(() => handlers.running.length > 0);
        handlers.release();
      }
      await until(() => raw.received.length === 6);
      expect(handlers.peak).toBe(2);
      raw.connection.close();
    });

    test('connections take turns at the limit of the whole server', async () => {
      const handlers = new Holding();
      const server = await world().serve(echo, handlers, { limits: { maxInFlight: 1 } });
      const greedy = world().connect(echo);
      const polite = world().connect(echo);
      await Promise.all([greedy.ready(), polite.ready()]);
      const many = Array.from({ length: 20 }, (_, i) => greedy.say(`greedy ${i}`));
      await until(() => handlers.started === 1);
      await settle();
      const one = polite.say('polite');
      await until(() => server.stats().waitingConnections === 2);
      const order: string[] = [];
      for (let i = 0; i < 21; i += 1) {
        await until(() => handlers.running.length === 1);
        order.push(handlers.running[0]?.text ?? '');
        handlers.release();
      }
      await Promise.all([...many, one]);
      // One call of the greedy one ran, one more was ahead in the queue.
      expect(order.indexOf('polite')).toBeLessThanOrEqual(2);
      expect(handlers.peak).toBe(1);
    });

    test('a place is free again when a client with calls in flight goes away', async () => {
      const handlers = new Holding();
      const server = await world().serve(echo, handlers, { limits: { maxInFlight: 1 } });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.call(Kind.request, 'say', 'occupant', 1);
      raw.call(Kind.request, 'say', 'held', 2);
      await until(() => handlers.started === 1);
      const client = world().connect(echo);
      const call = client.say('mine');
      await until(() => server.stats().waitingConnections === 2);
      raw.connection.fail('gone');
      await until(() => handlers.running.some(({ text }) => text === 'mine'));
      for (const { gate: held } of handlers.running) held.open();
      expect(await call).toBe('mine');
    });

    test('the same call id twice at once ends the connection', async () => {
      const handlers = new Holding();
      const server = await world().serve(echo, handlers);
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.call(Kind.request, 'say', 'a', 1);
      raw.call(Kind.request, 'say', 'b', 1);
      await until(() => raw.closed !== undefined && server.stats().connections === 0);
      expect(world().log).toMatchObject([{ level: 'warn', message: expect.stringContaining('twice') }]);
      expect(server.stats().inFlight).toBe(0);
    });

    test.each([Kind.reply, Kind.error, Kind.credit, 99])(
      'a client that sends kind %i is cut off',
      async (kind) => {
        const server = await world().serve(echo, new Holding());
        const raw = await RawClient.connect(world().bed.dialer(), echo);
        await until(() => server.stats().connections === 1);
        raw.control(kind as Kind, 5);
        await until(() => raw.closed !== undefined && server.stats().connections === 0);
        // Once, whoever finds it: some transports know already which kinds there are.
        expect(world().log).toMatchObject([
          {
            level: 'warn',
            message: expect.stringContaining('a client broke the protocol'),
            fields: { service: 'echo', peer: { pid: process.pid } },
          },
        ]);
      },
    );

    test('an unknown method is UNIMPLEMENTED, and a one-way one only a log line', async () => {
      await world().serve(echo, new Holding());
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      raw.connection.send(Kind.request, 0, 500, 1, 0, new Uint8Array(0), 0, 0);
      raw.connection.send(Kind.request, 0, 0xff77, 2, 0, new Uint8Array(0), 0, 0);
      raw.connection.send(Kind.oneway, 0, 500, 0x80000001, 0, new Uint8Array(0), 0, 0);
      // A unary call of a one-way method.
      raw.call(Kind.request, 'note', 'x', 3);
      await until(() => raw.received.length === 3 && world().log.length === 1);
      expect(raw.received.map(({ kind, aux }) => [kind, aux])).toEqual([
        [Kind.error, 12],
        [Kind.error, 12],
        [Kind.error, 12],
      ]);
      expect(raw.closed).toBe(undefined);
      raw.connection.close();
    });
  });

  describe('one-way calls', () => {
    test('they resolve when they are accepted, keep their order, and their failures are only logged', async () => {
      const notes: string[] = [];
      await world().serve(echo, {
        say: (text) => text,
        nothing: () => {},
        note: (text) => {
          notes.push(text);
          if (text === 'bad') throw new Error('handler of a one-way call');
        },
      });
      const client = world().connect(echo);
      expect(await client.note('1')).toBe(undefined);
      await Promise.all([client.note('2'), client.note('bad'), client.note('3')]);
      await client.note(4 as never);
      expect(await client.say('after')).toBe('after');
      expect(notes).toEqual(['1', '2', 'bad', '3']);
      expect(world().log.map(({ level, fields }) => [level, fields.method])).toEqual([
        ['error', 'note'],
        ['warn', 'note'],
      ]);
    });

    test('no more are under way than the window allows; the others wait, within their deadline', async () => {
      const handlers = new Holding();
      await world().serve(echo, handlers, { limits: { onewayWindow: 4 } });
      const client = world().connect(echo);
      await client.ready();
      let accepted = 0;
      const count = () => {
        accepted += 1;
      };
      const notes = Array.from({ length: 10 }, (_, i) => client.note(`${i}`).then(count));
      await until(() => handlers.started === 4);
      await settle();
      expect(accepted).toBe(4);
      expect(handlers.started).toBe(4);
      expect(await failureOf(client.note('late', { timeoutMs: 10 }))).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        maybeExecuted: false,
      });
      // Unary calls are not behind them.
      await client.nothing();
      for (let done = 0; done < 10; done += 1) {
        await until(() => handlers.running.length > 0);
        handlers.release();
      }
      await Promise.all(notes);
      expect(handlers.peak).toBe(4);
      expect(handlers.started).toBe(10);
    });

    test('a flood beyond the window ends the connection', async () => {
      const handlers = new Holding();
      await world().serve(echo, handlers, { limits: { onewayWindow: 4 } });
      const raw = await RawClient.connect(world().bed.dialer(), echo);
      for (let i = 0; i < 5; i += 1) raw.call(Kind.oneway, 'note', `${i}`, 0x80000000 + i);
      await until(() => raw.closed !== undefined);
      expect(world().log).toMatchObject([{ level: 'warn', message: expect.stringContaining('credit') }]);
      for (const { gate: held } of handlers.running) held.open();
    });

    test('thousands pass through a small window', async () => {
      let received = 0;
      await world().serve(
        echo,
        {
          say: () => `${received}`,
          nothing: () => {},
          note: () => {
            received += 1;
          },
        },
        { limits: { onewayWindow: 3 } },
      );
      const client = world().connect(echo);
      await Promise.all(Array.from({ length: 3_000 }, () => client.note('x')));
      await until(() => received === 3_000);
    });

    test('what was accepted is delivered although the client closes, and its handlers are not cancelled', async () => {
      const signals: AbortSignal[] = [];
      const finish = gate();
      let finished = 0;
      const server = await world().serve(echo, {
        say: (text) => text,
        nothing: () => {},
        note: async (_, ctx) => {
          signals.push(ctx.signal);
          await finish.opened;
          finished += 1;
        },
      });
      const client = world().connect(echo);
      await client.ready();
      await Promise.all([client.note('1'), client.note('2')]);
      await client.close();
      await until(() => signals.length === 2);
      await settle();
      expect(signals.map((signal) => signal.aborted)).toEqual([false, false]);
      finish.open();
      await until(() => finished === 2 && server.stats().connections === 0);
    });

    test('a deadline that the caller gives reaches the handler of a one-way call', async () => {
      const seen: (number | undefined)[] = [];
      await world().serve(echo, {
        say: (text) => text,
        nothing: () => {},
        note: (_, ctx) => {
          seen.push(ctx.deadline);
        },
      });
      const client = world().connect(echo);
      await client.note('without');
      await client.note('with', { timeoutMs: 5_000 });
      await until(() => seen.length === 2);
      expect(seen[0]).toBe(undefined);
      expect(seen[1]).toBeGreaterThan(Date.now());
    });
  });

  describe('full queues', () => {
    const small = { ringBytes: 8_192, maxQueuedMessages: 4, maxQueuedBytes: 16_384 };

    test('calls wait when ring and queue are full, up to a quota, and go on when there is space', async () => {
      const occupied = gate();
      let received = 0;
      await world().serve(
        blobs,
        {
          upload: async (bytes) => {
            received += 1;
            if (bytes.length === 1) await occupied.opened;
            return bytes.length;
          },
          download: () => new Uint8Array(0),
          reverse: (bytes) => bytes,
        },
        { limits: { maxInFlight: 1 } },
      );
      const client = world().connect(blobs, { maxQueuedBytes: 100_000 }, small);
      const occupant = client.upload(new Uint8Array(1));
      await until(() => received === 1);
      // The server takes nothing more, so these fill its inbox, the ring, the transport's queue, and then wait.
      const calls = Array.from({ length: 200 }, () => client.upload(new Uint8Array(4_000)));
      const results = Promise.allSettled(calls);
      await settle();
      occupied.open();
      expect(await occupant).toBe(1);
      const ended = await results;
      const good = ended.filter((result) => result.status === 'fulfilled').length;
      const refused = ended.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(good).toBeGreaterThan(10);
      expect(refused.length).toBeGreaterThan(0);
      for (const error of refused)
        expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', maybeExecuted: false });
      expect(received).toBe(good + 1);
      expect(await client.upload(new Uint8Array(10))).toBe(10);
    });

    test('a client that does not read is served no more once its answers fill what they may', async () => {
      let runs = 0;
      const server = await world().serve(
        blobs,
        {
          upload: (bytes) => bytes.length,
          download: () => new Uint8Array(0),
          reverse: (bytes) => {
            runs += 1;
            return bytes;
          },
        },
        { limits: { maxQueuedBytes: 20_000 } },
        small,
      );
      const raw = await RawClient.connect(world().bed.dialer(), blobs);
      raw.deaf = true;
      const total = 100;
      for (let id = 1; id <= total; id += 1) raw.call(Kind.request, 'reverse', new Uint8Array(4_000), id);
      await settle();
      // Once answers wait, no more requests are taken.
      expect(runs).toBeLessThan(total / 2);
      const before = runs;
      await settle();
      expect(runs).toBe(before);
      expect(server.stats().connections).toBe(1);
      // A polite neighbour is served meanwhile.
      expect(await world().connect(blobs).upload(new Uint8Array(7))).toBe(7);
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.received.length === total);
      for (let id = 1; id <= total; id += 1) expect(raw.answersTo(id)).toHaveLength(1);
      raw.connection.close();
    });

    test('answers beyond what a client may leave unread are refused, with a few lines in the log for all of them', async () => {
      const total = 60;
      let running = 0;
      const end = gate();
      await world().serve(
        blobs,
        {
          upload: (bytes) => bytes.length,
          download: () => new Uint8Array(0),
          reverse: async (bytes) => {
            running += 1;
            await end.opened;
            return bytes;
          },
        },
        { limits: { maxQueuedBytes: 20_000 } },
        small,
      );
      const raw = await RawClient.connect(world().bed.dialer(), blobs);
      for (let id = 1; id <= total; id += 1) raw.call(Kind.request, 'reverse', new Uint8Array(4_000), id);
      await until(() => running === total);
      raw.deaf = true;
      end.open();
      await settle();
      const lines = world().log.filter(({ message }) => message.includes('too many bytes of answers'));
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.length).toBeLessThanOrEqual(5);
      expect(lines[0]).toMatchObject({ level: 'warn', message: expect.stringMatching(/^blobs\/reverse: /) });
      raw.deaf = false;
      raw.connection.resume();
      await until(() => raw.received.length === total);
      const refused = raw.received.filter(({ kind }) => kind === Kind.error);
      expect(refused.length).toBeGreaterThan(lines.length);
      for (let id = 1; id <= total; id += 1) expect(raw.answersTo(id)).toHaveLength(1);
      raw.connection.close();
    });
  });
}
