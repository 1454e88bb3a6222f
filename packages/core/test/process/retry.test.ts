import { describe, expect, test } from 'vitest';
import { statsOf } from '../../src/index.js';
import { until } from '../shm/support/places.js';
import { launch } from './support/actor.js';
import { type Outcome, outcomeOf, World } from './support/world.js';

const NOT_TAKEN = { code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: false };

/** Calls `run` until two servers have answered. */
async function connectedWithBoth(
  run: (ids: string[]) => Promise<readonly { value?: unknown }[]>,
): Promise<void> {
  const seen = new Set<unknown>();
  while (seen.size < 2) for (const { value } of await run(['x', 'y'])) seen.add(value);
}

describe('a request that a killed server certainly never took', () => {
  test('runs on the next server, once', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.connect();
    await first.stop();
    const calls = ['a', 'b', 'c'].map((id) => client.run(id));
    await first.killed();
    const second = await world.serve();
    expect(await Promise.all(calls)).toEqual([second.pid, second.pid, second.pid]);
    expect(world.runs()).toEqual(['a', 'b', 'c'].map((id) => `${second.pid} ${id}`));
    expect(statsOf(client)).toMatchObject({ retries: 3, inFlight: 0, waiting: 0 });
  });

  test('is told apart from one that it took', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.connect();
    const taken = outcomeOf(client.hold('taken'));
    await client.held('taken');
    await first.stop();
    const untaken = client.run('untaken');
    await first.killed();
    expect(await taken).toMatchObject({ code: 'UNAVAILABLE', maybeExecuted: true });
    const second = await world.serve();
    expect(await untaken).toBe(second.pid);
    expect(world.runs()).toEqual([`${second.pid} untaken`]);
    expect(statsOf(client).retries).toBe(1);
  });

  test('is sent a second time, not a third', async () => {
    const world = new World();
    const servers = [await world.serve(), await world.serve({ onTaken: 'join' })];
    const client = await world.connect();
    await connectedWithBoth((ids) => Promise.all(ids.map((id) => outcomeOf(client.run(id)))));
    const ranBefore = world.runs().length;
    await Promise.all(servers.map((server) => server.stop()));
    // One to each: to the server with fewer calls in flight.
    const calls = [outcomeOf(client.run('one')), outcomeOf(client.run('two'))];
    await servers[0]?.killed();
    // The retried one waits behind the other in the ring of a server that dies as well.
    await until(() => statsOf(client).retries === 1 && statsOf(client).waiting === 0);
    await servers[1]?.killed();
    const third = await world.serve();
    const outcomes = await Promise.all(calls);
    const failed = outcomes.filter(({ code }) => code !== undefined);
    expect(failed).toMatchObject([
      { ...NOT_TAKEN, message: expect.stringMatching(/took work\/run, twice$/) },
    ]);
    expect(outcomes.filter(({ value }) => value === third.pid)).toHaveLength(1);
    expect(world.runs()).toHaveLength(ranBefore + 1);
  });

  test('is not sent again when it is one-way', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.connect();
    await first.stop();
    await client.note('lost');
    const sentAfter = client.run('sent after');
    await first.killed();
    const second = await world.serve();
    await sentAfter;
    await client.note('kept');
    await client.run('last');
    expect(world.runs()).toEqual(['sent after', 'kept', 'last'].map((id) => `${second.pid} ${id}`));
    expect(statsOf(client)).toMatchObject({ lostOneways: 1, retries: 1 });
  });

  test('is not sent to a server of another contract', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.connect();
    await first.stop();
    const call = outcomeOf(client.run('a'));
    await first.killed();
    const other = launch('other-contract.mjs', { directory: world.directory });
    await other.event('listening');
    expect(await call).toMatchObject({
      ...NOT_TAKEN,
      message: expect.stringContaining('the next one has a different contract'),
    });
  });

  test('goes to another instance when it blocks the thread, and says so when there is none', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.client();
    await first.stop();
    const alone = client.tell<Outcome>('sync', { method: 'run', input: 'alone' });
    await client.event('blocking');
    await first.killed();
    expect(await alone).toMatchObject({
      ...NOT_TAKEN,
      message: expect.stringContaining('a blocking call cannot wait for another one'),
    });

    const [main, joined] = [await world.serve(), await world.serve({ onTaken: 'join' })];
    const controls = [await world.connect({ name: 'main' }), await world.connect({ name: 'main-2' })];
    await connectedWithBoth((ids) => client.tell<Outcome[]>('calls', { method: 'run', inputs: ids }));
    // A call in flight makes one of them the less wanted: the next goes to the other.
    const held = client.tell<Outcome[]>('calls', { method: 'hold', inputs: ['busy'] });
    const busy = await Promise.any(controls.map((control, index) => control.held('busy').then(() => index)));
    const [healthy, doomed] = busy === 0 ? [main, joined] : [joined, main];
    await doomed.stop();
    const moved = client.tell<Outcome>('sync', { method: 'run', input: 'moved' });
    await doomed.killed();
    expect(await moved).toEqual({ value: healthy.pid });
    await controls[busy]?.release('busy');
    expect(await held).toEqual([{ value: healthy.pid }]);
    expect(world.runs().filter((line) => line.endsWith(' moved'))).toEqual([`${healthy.pid} moved`]);
  });
});
