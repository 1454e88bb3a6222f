import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { connect, defineService, type ServerStats, serve } from '../../src/index.js';
import { openDescriptors, temporaryFolder, until } from '../shm/support/places.js';
import { type Actor, launch } from './support/actor.js';
import { resourcesOf } from './support/resources.js';
import { numbered, outcomeOf, World } from './support/world.js';

const live = ({ directory }: World, what: string, nodeOptions: string[] = []): Actor =>
  launch('life.mjs', { what, directory }, { nodeOptions });

const ended = (code: number) => ({ code, signal: null });
const TERMINATED = { code: null, signal: 'SIGTERM' };

describe('a process', () => {
  test.each(['idle', 'never', 'oneway'])('with a client that is %s ends by itself', async (what) => {
    const world = new World();
    const server = await world.serve();
    const run = live(world, what);
    expect(await run.exited, run.output).toEqual(ended(0));
    while ((await server.tell<ServerStats>('stats')).connections > 0);
    expect(world.runs()).toHaveLength(what === 'oneway' ? 1 : 0);
  });

  test('that closes its client during a handshake ends at once', async () => {
    const world = new World();
    const server = await world.serve();
    await server.stop();
    const run = live(world, 'closed');
    expect(await run.exited, run.output).toEqual(ended(0));
    expect(run.output).toBe('CANCELLED\n');
  });

  test('with a pending call stays until its answer', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const run = live(world, 'pending');
    await client.held('pending');
    // Another process comes, has nothing to do, and ends: so would this one have.
    await live(world, 'idle').exited;
    expect(run.child.exitCode).toBe(null);
    await client.release('pending');
    expect(await run.exited).toEqual(ended(0));
    expect(run.output).toBe(`${server.pid}\n`);
  });

  test('with a call that waits for a server stays until there is one', async () => {
    const world = new World();
    const run = live(world, 'waiting for a server');
    const server = await world.serve();
    expect(await run.exited, run.output).toEqual(ended(0));
    expect(run.output).toBe(`${server.pid}\n`);
  });

  test('with a server stays until it is closed', async () => {
    const world = new World();
    const run = live(world, 'serve');
    await until(() => run.output.includes('serving'));
    expect(await live(world, 'idle').exited).toEqual(ended(0));
    expect(run.child.exitCode).toBe(null);
    run.kill('SIGTERM');
    expect(await run.exited).toEqual(ended(0));
    expect(existsSync(`${world.directory}/work/main.sock`)).toBe(false);
  });

  test.each([
    ['exit', ended(3)],
    ['uncaught', ended(1)],
    ['rejection', ended(1)],
    ['signal', TERMINATED],
  ])('that ends with calls in flight (%s) ends at once, and its server knows', async (what, end) => {
    const world = new World();
    const server = await world.serve();
    const other = await world.connect();
    const run = live(world, what);
    expect(await run.exited, run.output).toEqual(end);
    await Promise.all(['a', 'b', 'c'].map((id) => other.aborted(id)));
    await Promise.all(['a', 'b', 'c'].map((id) => other.release(id)));
    expect(await server.tell('stats')).toMatchObject({ connections: 1, inFlight: 0 });
  });

  test.each([
    ['exit of a server', ended(4)],
    ['uncaught in a server', ended(1)],
    ['rejection in a server', ended(1)],
    ['signal in a server', TERMINATED],
  ])('that serves (%s): its callers know at once', async (what, end) => {
    const world = new World();
    const run = live(world, what);
    await until(() => run.output.includes('serving'));
    const client = await world.connect();
    const held = outcomeOf(client.hold('held'));
    await client.held('held');
    const last = outcomeOf(client.run('the last'));
    for (const outcome of [await held, await last]) {
      expect(outcome).toMatchObject({ code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true });
    }
    expect(await run.exited, run.output).toEqual(end);
    await world.serve({ onTaken: 'fail' });
  });

  test('that forgets its clients keeps what they promised, and ends', async () => {
    const world = new World();
    const server = await world.serve();
    const run = live(world, 'dropped clients', ['--expose-gc']);
    expect(await run.exited, run.output).toEqual(ended(0));
    expect(run.output).toBe('1 0\n');
    while ((await server.tell<ServerStats>('stats')).connections > 0);
    await until(() => resourcesOf(server.pid).segments === 0);
  });
});

describe('await using', () => {
  test('closes client and server, and leaves nothing', async () => {
    const directory = temporaryFolder();
    const small = defineService('small', { echo: { input: z.string(), output: z.string() } });
    let client: ReturnType<typeof connect<typeof small>> | undefined;
    const scope = async () => {
      await using _server = await serve(small, { echo: (text) => text }, { directory });
      await using local = connect(small, { directory });
      client = local;
      expect(await local.echo('inside')).toBe('inside');
    };
    await scope();
    const before = openDescriptors();
    await scope();
    await until(() => openDescriptors().length <= before.length);
    expect(openDescriptors()).toEqual(before);
    expect(existsSync(`${directory}/small/main.sock`)).toBe(false);
    const late = outcomeOf((client as NonNullable<typeof client>).echo('outside'));
    expect(await late).toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: 'FAILED_PRECONDITION: the client of small is closed',
    });
  });
});

describe('drain on SIGTERM', () => {
  test('finishes the calls in flight, sends new ones elsewhere, and ends the process', async () => {
    const world = new World();
    const server = await world.serve();
    const clients = await Promise.all([world.connect(), world.connect()]);
    const ids = numbered(20);
    const calls = ids.map((id, index) => clients[index % 2]?.hold(id));
    await Promise.all(ids.map((id) => clients[0]?.held(id)));
    server.kill('SIGTERM');
    // The name is free once the server has turned away; the calls still run.
    const next = await world.serve({ onTaken: 'wait' });
    expect(await clients[0]?.run('elsewhere')).toBe(next.pid);
    expect(server.child.exitCode).toBe(null);
    for (const call of ids) await server.tell('release', { call });
    expect(await Promise.all(calls)).toEqual(ids.map(() => server.pid));
    expect(await server.exited).toEqual(ended(0));
  });

  test('a call that never ends is cut off when the time is up', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const call = outcomeOf(client.hold('for ever'));
    await client.held('for ever');
    await server.tell('drain', { timeoutMs: 50 });
    expect(await call).toMatchObject({
      origin: 'server',
      maybeExecuted: true,
      message: 'UNAVAILABLE: the server of work shut down before the call ended',
    });
    expect(await server.exited).toEqual(ended(0));
  });
});
