import { test } from 'vitest';
import type { ServerStats } from '../../src/index.js';
import { report } from '../overload/support/figures.js';
import { scaled } from '../overload/support/scale.js';
import { launch } from '../process/support/actor.js';
import { becomes, steady } from '../process/support/resources.js';
import { temporaryFolder } from '../shm/support/places.js';
import { exactly } from './support/watched.js';

const TIMES = scaled(60, 2_000);

test('what a process forgets is given back when it is collected', async () => {
  const directory = temporaryFolder();
  const nodeOptions = ['--expose-gc'];
  const server = launch('../../leaks/fixtures/server.mjs', { directory, logger: false }, { nodeOptions });
  await server.event('listening');
  const client = launch('../../leaks/fixtures/forgetful.mjs', { directory }, { nodeOptions });
  await client.tell('ready');
  const settled = async () => {
    do {
      await client.tell('collect');
      await server.tell('collect');
    } while (
      (await server.tell<ServerStats>('stats')).connections > 1 ||
      (await server.tell<Held>('held')).door > 0
    );
  };
  const held = () => [server, client].map(({ pid }) => counts(pid));
  await client.tell('forget', { times: 10 });
  await settled();
  const before = await steady(held);
  await client.tell('forget', { times: TIMES });
  await settled();
  await becomes(held, before);
  report('forgotten things', { times: TIMES, held: before });
}, 1_800_000);

interface Held {
  readonly door: number;
}

/** Pages of the one connection that stays are touched by and by. */
function counts(pid: number) {
  const { sharedKib: _, ...counted } = exactly(pid);
  return counted;
}
