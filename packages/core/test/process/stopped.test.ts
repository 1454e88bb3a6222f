import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/index.js';
import { until } from '../shm/support/places.js';
import { type Load, numbered, type Outcome, outcomeOf, World } from './support/world.js';

describe('a process that is stopped is not dead', () => {
  test('server: deadlines fire, nothing runs too late, and when it goes on no answer meets another call', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const held = numbered(20, 'held ');
    const taken = held.map((id) => outcomeOf(client.hold(id, { timeoutMs: 4_000 })));
    await Promise.all(held.map((id) => client.held(id)));
    await server.stop();
    // In the ring, where the stopped server cannot see them.
    const unread = numbered(20).map((id) => outcomeOf(client.run(id, { timeoutMs: 200 })));
    for (const outcome of await Promise.all([...taken, ...unread])) {
      expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED', origin: 'client', maybeExecuted: true });
    }
    expect(statsOf(client)).toMatchObject({ connections: 1, inFlight: 40, lateAnswers: 0 });
    const texts = numbered(60, 'later ');
    const later = texts.map((text) => client.echo(text));
    server.kill('SIGCONT');
    expect(await Promise.all(later)).toEqual(texts);
    await until(() => statsOf(client).inFlight === 0);
    expect(statsOf(client).lateAnswers).toBe(40);
    expect(world.runs()).toEqual([]);
  });

  test('server: a blocking call ends at its deadline, and the next one gets its own answer', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.client();
    await server.stop();
    const options = { timeoutMs: 200 };
    for (const id of ['a', 'b', 'c']) {
      const outcome = await client.tell<Outcome>('sync', { method: 'run', input: id, options });
      expect(outcome).toMatchObject({ code: 'DEADLINE_EXCEEDED', maybeExecuted: true });
    }
    const next = client.tell<Outcome>('sync', { method: 'echo', input: 'mine' });
    server.kill('SIGCONT');
    expect(await next).toEqual({ value: 'mine' });
    const texts = numbered(50);
    const after = await client.tell<Outcome[]>('calls', { method: 'echo', inputs: texts });
    expect(after.map(({ value }) => value)).toEqual(texts);
    expect(world.runs()).toEqual([]);
  });

  test('client: what it was sent meanwhile is there when it goes on, each answer at its own call', async () => {
    const world = new World();
    await world.serve();
    const control = await world.connect();
    const client = await world.client();
    const ids = numbered(40);
    const calls = client.tell<Outcome[]>('calls', { method: 'hold', inputs: ids });
    await client.tell('startLoad', { concurrency: 8 });
    await Promise.all(ids.map((id) => control.held(id)));
    await client.stop();
    await Promise.all(ids.map((id) => control.release(id)));
    // Others are served while this client reads nothing.
    expect(await Promise.all(ids.map((id) => control.echo(id)))).toEqual(ids);
    client.kill('SIGCONT');
    expect(await calls).toEqual(ids.map(() => ({ value: expect.any(Number) })));
    const { failures, wrong, calls: made } = await client.tell<Load>('stopLoad');
    expect({ failures, wrong }).toEqual({ failures: [], wrong: [] });
    expect(made).toBeGreaterThan(0);
  });
});
