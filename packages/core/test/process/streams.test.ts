import { describe, expect, onTestFinished, test } from 'vitest';
import { type ConnectOptions, connect, type ServerStats, statsOf } from '../../src/index.js';
import { temporaryFolder, until } from '../shm/support/places.js';
import { flow } from './fixtures/streams/contract.mjs';
import { type Actor, launch } from './support/actor.js';
import { resourcesOf } from './support/resources.js';
import { outcomeOf } from './support/world.js';

const CUT_OFF = { code: 'UNAVAILABLE', origin: 'transport', maybeExecuted: true };
const ended = (code: number) => ({ code, signal: null });

/** A folder of its own with servers and clients of `flow` in processes of their own. */
class World {
  readonly directory = temporaryFolder();

  async serve(options: object = {}): Promise<Actor> {
    const server = launch('streams/server.mjs', { directory: this.directory, ...options });
    await server.event('listening');
    return server;
  }

  async client(options: ConnectOptions = {}): Promise<Actor> {
    const plan = { directory: this.directory, connectTimeoutMs: 60_000, ...options };
    const client = launch('streams/client.mjs', plan);
    await client.tell('ready');
    return client;
  }

  async connect(options: ConnectOptions = {}) {
    const client = connect(flow, { directory: this.directory, connectTimeoutMs: 60_000, ...options });
    onTestFinished(() => client.close());
    await client.ready();
    return client;
  }

  live(what: string): Actor {
    return launch('streams/life.mjs', { what, directory: this.directory });
  }
}

async function nothingInFlight(server: Actor): Promise<void> {
  while ((await server.tell<ServerStats>('stats')).inFlight > 0);
}

/** Numbers, and whether whoever asked for them has said that it wants no more. */
class Numbers implements AsyncIterable<number> {
  closed = false;
  constructor(private readonly most: number) {}

  [Symbol.asyncIterator]() {
    let given = 0;
    return {
      next: () => {
        if (given === this.most) return new Promise<never>(() => {});
        return Promise.resolve({ done: false as const, value: given++ });
      },
      return: async () => {
        this.closed = true;
        return { done: true as const, value: undefined };
      },
    };
  }
}

describe('a client killed in mid-stream', () => {
  test('the finally of its generators runs, its inputs fail, nothing stays in flight', async () => {
    const world = new World();
    const server = await world.serve();
    const other = await world.connect();
    const client = await world.client();
    // One waits for credit, the other for its signal, the third for items.
    await client.tell('open', { method: 'count', input: { id: 'unread', to: 1e9 } });
    await client.tell('open', { method: 'subscribe', input: { id: 'quiet', to: 1 } });
    await client.tell('put', { name: 'sent' });
    let pulled = 0;
    while (pulled < 100) ({ pulled } = await other.seen('sent'));
    await client.killed();
    for (const id of ['unread', 'quiet', 'sent'])
      expect(await other.ended(id)).toMatchObject({ ended: 'CANCELLED' });
    await nothingInFlight(server);
    expect(await server.tell<ServerStats>('stats')).toMatchObject({ connections: 1 });
    await until(() => resourcesOf(server.pid).segments === 2);
  });
});

describe('a server killed in mid-stream', () => {
  test('the reader gets what had come, then UNAVAILABLE', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const reader = client.count({ id: 'x', to: 1e9 });
    const read: unknown[] = [];
    for (let i = 0; i < 10; i += 1) read.push((await reader.next()).value);
    const other = await world.connect();
    let pulled = 0;
    while (pulled < 500) ({ pulled } = await other.seen('x'));
    await server.killed();
    let failure: unknown;
    for (;;) {
      const next = await outcomeOf(reader.next());
      if (next.code !== undefined) {
        failure = next;
        break;
      }
      read.push((next.value as IteratorResult<number>).value);
    }
    expect(failure).toMatchObject(CUT_OFF);
    // What it had written, whether that was looked at or not, and no gap. The last one pulled may not have been written.
    expect(read.length).toBeGreaterThanOrEqual(499);
    expect(read).toEqual(read.map((_, index) => index));
    expect((await reader.next()).done).toBe(true);
  });

  test('the sources of its callers are closed', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    const given = new Numbers(5);
    const asked = new Numbers(5);
    const sum = outcomeOf(client.sum(given, { metadata: { id: 'x' } }));
    const doubled = client.double(asked);
    for (let i = 0; i < 5; i += 1) expect((await doubled.next()).value).toBe(2 * i);
    await server.killed();
    expect(await outcomeOf(doubled.next())).toMatchObject(CUT_OFF);
    expect(await sum).toMatchObject(CUT_OFF);
    expect([given.closed, asked.closed]).toEqual([true, true]);
    expect(statsOf(client).inFlight).toBe(0);
  });

  test('a stream that it had not taken runs on the next one, unless the caller streams, too', async () => {
    const world = new World();
    const first = await world.serve();
    const client = await world.connect();
    await first.stop();
    const reader = client.who(3);
    const source = new Numbers(5);
    const sum = outcomeOf(client.sum(source, { metadata: { id: 'x' } }));
    const doubled = client.double([1, 2]);
    await first.killed();
    const second = await world.serve();
    const pids: number[] = [];
    for await (const pid of reader) pids.push(pid);
    expect(pids).toEqual([second.pid, second.pid, second.pid]);
    const notTaken = {
      code: 'UNAVAILABLE',
      origin: 'transport',
      maybeExecuted: false,
      message: expect.stringContaining('its input, which has begun, cannot be sent again'),
    };
    expect(await sum).toMatchObject(notTaken);
    expect(await outcomeOf(doubled.next())).toMatchObject(notTaken);
    expect(source.closed).toBe(true);
    expect(statsOf(client)).toMatchObject({ retries: 1, inFlight: 0, waiting: 0 });
  });
});

describe('a reader that is stopped', () => {
  test('stops its writer at the window and nobody else, and misses nothing when it goes on', async () => {
    const world = new World();
    await world.serve();
    const other = await world.connect();
    const client = await world.client({ streamWindowItems: 16 });
    const reading = client.tell('read', { input: { id: 'stopped', to: 5_000 }, stopAfter: 100 });
    await client.event('stopping');
    await until(() => client.stopped);
    // Long enough for whatever was to come; others notice nothing.
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`);
    for (const text of texts) expect(await other.echo(text)).toBe(text);
    const { pulled } = await other.seen('stopped');
    // Read, and a window beyond it.
    expect(pulled).toBeLessThanOrEqual(100 + 16);
    for (const text of texts) expect(await other.echo(text)).toBe(text);
    expect((await other.seen('stopped')).pulled).toBe(pulled);
    const all: number[] = [];
    for await (const item of other.count({ id: 'other', to: 3_000 })) all.push(item);
    expect(all).toHaveLength(3_000);
    client.kill('SIGCONT');
    expect(await reading).toEqual({ count: 5_000, wrong: 0 });
    expect(await other.ended('stopped')).toEqual({ pulled: 5_000, ended: 'by itself' });
  });
});

describe('a blocking call', () => {
  test('sets aside what comes for open streams, in order and within their windows', async () => {
    const world = new World();
    await world.serve();
    const client = await world.connect({ streamWindowItems: 64 });
    const numbers = client.count({ id: 'x', to: 2_000 });
    const doubled = client.double(Array.from({ length: 500 }, (_, index) => index));
    const read: unknown[] = [];
    for (let i = 0; i < 500; i += 1) {
      expect(client.echo.sync(`${i}`)).toBe(`${i}`);
      read.push((await numbers.next()).value);
      expect(client.echo.sync('between')).toBe('between');
      expect((await doubled.next()).value).toBe(2 * i);
    }
    for await (const item of numbers) read.push(item);
    expect(read).toEqual(read.map((_, index) => index));
    expect(read).toHaveLength(2_000);
    expect((await doubled.next()).done).toBe(true);
    expect(statsOf(client).inFlight).toBe(0);
  });

  test('there is none for streams', async () => {
    const world = new World();
    await world.serve();
    const client = await world.connect();
    for (const name of ['count', 'sum', 'double'] as const) expect(client[name]).not.toHaveProperty('sync');
    expect(client.echo).toHaveProperty('sync');
  });
});

describe('a process', () => {
  test('with a subscription stays, however quiet that is', async () => {
    const world = new World();
    const server = await world.serve();
    const run = world.live('subscribed');
    await until(() => run.output.includes('item 0'));
    // Another process comes, has nothing to do, and ends: so would this one have.
    expect(await world.live('finished').exited).toEqual(ended(0));
    expect(run.child.exitCode).toBe(null);
    server.kill('SIGKILL');
    expect((await run.exited).code).toBe(1);
    expect(run.output).toContain('UNAVAILABLE');
  });

  test.each(['finished', 'left'])('whose stream is %s ends by itself', async (what) => {
    const world = new World();
    const server = await world.serve();
    const run = world.live(what);
    expect(await run.exited, run.output).toEqual(ended(0));
    expect(run.output).toBe(what === 'left' ? 'left\n' : '0 1 2\n');
    const other = await world.connect();
    expect((await other.ended(what)).ended).toBe(what === 'left' ? 'CANCELLED' : 'by itself');
    await nothingInFlight(server);
  });

  test('that exits in mid-stream ends its generators', async () => {
    const world = new World();
    const server = await world.serve();
    const run = world.live('exit');
    expect(await run.exited, run.output).toEqual(ended(3));
    const other = await world.connect();
    expect(await other.ended('exit')).toMatchObject({ ended: 'CANCELLED' });
    await nothingInFlight(server);
  });

  test('that serves and exits in mid-stream leaves its readers what it gave', async () => {
    const world = new World();
    const run = world.live('exit of a server');
    await until(() => run.output.includes('serving'));
    const client = await world.connect();
    const reader = client.count({ id: 'x', to: 3 });
    for (let i = 0; i < 3; i += 1) expect((await reader.next()).value).toBe(i);
    expect(await outcomeOf(reader.next())).toMatchObject(CUT_OFF);
    expect(await run.exited, run.output).toEqual(ended(4));
  });

  test('whose threads are terminated in mid-stream, reading and writing, leaves nothing', async () => {
    const world = new World();
    const server = await world.serve();
    const other = await world.connect();
    const before = resourcesOf(server.pid);
    const run = world.live('threads');
    expect(await run.exited, run.output).toEqual(ended(0));
    expect(run.output).toBe('terminated\n');
    await nothingInFlight(server);
    await until(() => resourcesOf(server.pid).segments === before.segments);
    expect(await other.echo('alive')).toBe('alive');
  });
});
