import { describe, expect, test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { until } from '../shm/support/places.js';
import { counted, holdsAgain, resourcesOf, steady } from './support/resources.js';
import { numbered, World } from './support/world.js';

describe('a client killed in mid-call', () => {
  test.each(['async', 'sync'])(
    '%s: its calls are aborted, its places are free, others are served',
    async (how) => {
      const world = new World();
      const server = await world.serve({ limits: { maxInFlight: 20 } });
      const other = await world.connect();
      await other.echo('warm');
      const before = await steady(() => counted(resourcesOf(server.pid)));

      const client = await world.client();
      const ids = how === 'sync' ? ['0'] : numbered(18);
      const calls =
        how === 'sync'
          ? client.tell('sync', { method: 'hold', input: '0' })
          : client.tell('calls', { method: 'hold', inputs: ids });
      calls.catch(() => {});
      await Promise.all(ids.map((id) => other.held(id)));
      client.kill();
      // Before, during and after the server learns of it.
      const served = Promise.all(numbered(100).map((text) => other.echo(text)));
      await Promise.all(ids.map((id) => other.aborted(id)));
      expect(await served).toEqual(numbered(100));

      await holdsAgain(server.pid, before);
      // A handler that ignores its signal still works; its caller's place is free when it has ended.
      await Promise.all(ids.map((id) => other.release(id)));
      expect(await server.tell<ServerStats>('stats')).toMatchObject({ connections: 1, inFlight: 0 });
    },
  );

  test('with calls that a stopped server has not looked at: they begin aborted or not at all', async () => {
    const world = new World();
    const server = await world.serve();
    const other = await world.connect();
    const client = await world.client();
    await server.stop();
    client.tell('calls', { method: 'hold', inputs: ['unread'] }).catch(() => {});
    // Commands are carried out in order.
    await client.tell('load');
    await client.killed();
    server.kill('SIGCONT');
    expect(await other.echo('alive')).toBe('alive');
    let stats: ServerStats;
    do {
      await other.release('unread');
      stats = await server.tell<ServerStats>('stats');
    } while (stats.connections > 1 || stats.inFlight > 1);
    await until(() => resourcesOf(server.pid).segments === 2);
  });
});
