import { describe, expect, onTestFinished, test } from 'vitest';
import type { Actor } from './support/actor.js';
import { monotonicMs, numbered, type Outcome, outcomeOf, World } from './support/world.js';

/** The deadline of every call here is 30 s; whoever waits for it is far beyond this. */
const LONG_BEFORE_DEADLINE_MS = 15_000;

const CUT_OFF = { code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true };

/** Kills the server and checks that each call ended by that. */
async function killInMidCall(what: string, server: Actor, calls: readonly Promise<Outcome>[]): Promise<void> {
  const killedMs = monotonicMs();
  server.kill();
  const outcomes = await Promise.all(calls);
  const afterMs = outcomes.map(({ endedMs }) => endedMs - killedMs).sort((a, b) => a - b);
  console.log(
    `${what}: ${outcomes.length} calls ended ${afterMs[0]?.toFixed(1)} to ${afterMs.at(-1)?.toFixed(1)} ms after SIGKILL`,
  );
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject(CUT_OFF);
    expect(outcome.message).toMatch(
      /^UNAVAILABLE: the connection to \S+\/work\/main\.sock ended before work\/hold was answered: /,
    );
  }
  expect(afterMs.at(-1)).toBeLessThan(LONG_BEFORE_DEADLINE_MS);
}

describe('a server killed in mid-call', () => {
  test('ends every pending call at once', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const ids = numbered(64);
    const calls = ids.map((id) => outcomeOf(client.hold(id)));
    await Promise.all(ids.map((id) => client.held(id)));
    await killInMidCall('async', server, calls);
  });

  test('ends blocking calls, each in a process of its own', async () => {
    const world = new World();
    const server = await world.serve();
    const control = await world.connect();
    const clients = await Promise.all([world.client(), world.client()]);
    const calls = clients.map((client, id) =>
      client.tell<Outcome>('sync', { method: 'hold', input: `${id}` }),
    );
    await Promise.all(clients.map((_, id) => control.held(`${id}`)));
    await killInMidCall('sync', server, calls);
  });

  test('also when a child of it still holds sockets, bells and lock', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const blocked = await world.client();
    const { pid, held } = await server.tell<{ pid: number; held: number }>('leaveChild');
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    // A listening socket, a lock, and a socket and a bell for each client.
    expect(held).toBeGreaterThanOrEqual(6);
    const calls = [
      outcomeOf(client.hold('async')),
      blocked.tell<Outcome>('sync', { method: 'hold', input: 'sync' }),
    ];
    await Promise.all([client.held('async'), client.held('sync')]);
    await killInMidCall('with a child that holds the socket', server, calls);
    expect(process.kill(pid, 0)).toBe(true);
  });

  test('loses no answer that it had written', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.client();
    // The client does not look at its answers before the server is dead.
    const calls = client.tell<Outcome[]>('calls', { method: 'run', inputs: numbered(20) });
    const pending = client.tell<Outcome[]>('calls', { method: 'hold', inputs: ['pending'] });
    const control = await world.connect();
    await control.held('pending');
    await client.stop();
    await control.release('pending');
    // The server has turned to other things: what it had to say to the stopped client is written.
    await control.echo('written');
    await server.killed();
    client.kill('SIGCONT');
    expect(await calls).toEqual(numbered(20).map(() => ({ value: server.pid })));
    expect(await pending).toEqual([{ value: server.pid }]);
  });

  test('a client that was given a new server calls it as if nothing had been', async () => {
    const world = new World();
    const client = await (async () => {
      await world.serve();
      return world.connect();
    })();
    expect(await client.echo('first')).toBe('first');
    for (const text of ['second', 'third']) {
      const next = world.launchServer({ onTaken: 'replace' });
      await next.event('listening');
      expect(await client.echo(text)).toBe(text);
    }
  });
});
