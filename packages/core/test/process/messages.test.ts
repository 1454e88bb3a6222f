import { spawn } from 'node:child_process';
import { chmodSync, existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { connect, defineService, RpcError, type ServeOptions, serve } from '../../src/index.js';
import { isRoot, temporaryFolder, until } from '../shm/support/places.js';
import { work } from './fixtures/contract.mjs';
import { launch } from './support/actor.js';
import { numbered, type WorkClient, World } from './support/world.js';

const STRANGER = 54_321;

/** What somebody reads whose call failed. */
async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  }
  throw new Error('it worked');
}

async function pair(options: ServeOptions = {}): Promise<WorkClient> {
  const world = new World();
  await world.serve(options);
  return world.connect();
}

/** How a server that cannot listen ends. */
async function refused(world: World, options: ServeOptions, env: NodeJS.ProcessEnv = {}): Promise<string> {
  return String((await world.launchServer(options, { env }).event('failed')).message);
}

describe('values', () => {
  test('an input that does not fit its schema', async () => {
    const client = await pair();
    const expected =
      'INVALID_ARGUMENT: work/echo does not take this input: input: Invalid input: expected string, received number';
    expect(await messageOf(() => client.echo(5 as never))).toBe(expected);
    expect(await messageOf(() => client.echo.sync(5 as never))).toBe(expected);
  });

  test('a result that does not fit its schema', async () => {
    const client = await pair();
    expect(await messageOf(() => client.fill(-1))).toBe(
      'INTERNAL: the handler of work/fill returned an invalid output: output: Invalid input: expected Uint8Array, received string',
    );
  });

  test('one that cannot be sent is named by its path', async () => {
    const client = await pair();
    const circle: { me?: unknown } = {};
    circle.me = circle;
    const cases: [unknown, string][] = [
      [{ a: { b: [() => 1] } }, 'a.b[0]'],
      [{ name: Symbol('s') }, 'name'],
      [{ deep: circle }, 'deep.me'],
    ];
    for (const [value, where] of cases) {
      for (const call of [() => client.mirror(value), () => client.mirror.sync(value)]) {
        const message = await messageOf(call);
        expect(message).toContain('INVALID_ARGUMENT: ');
        expect(message).toContain(where);
      }
    }
    expect(await client.echo('unharmed')).toBe('unharmed');
  });
});

describe('contracts', () => {
  test('that differ are judged method by method, with the shapes of both sides', async () => {
    const world = new World();
    const server = launch('other-contract.mjs', { directory: world.directory });
    await server.event('listening');
    const client = await world.connect();
    expect(await client.run('alike')).toBe(server.pid);
    const differs = await messageOf(() => client.hold('x'));
    expect(differs).toBe(
      'FAILED_PRECONDITION: client and server mean different things by work/hold: input: client sends string, server takes number',
    );
    for (const call of [() => client.echo('x'), () => client.echo.sync('x')])
      expect(await messageOf(call)).toBe('UNIMPLEMENTED: the server that was found has no method work/echo');
  });

  test('with a reserved method name are not made', () => {
    for (const name of ['then', 'close', 'ready', 'constructor', 'prototype', 'toString']) {
      expect(() => defineService('bad', { [name]: { input: z.string() } })).toThrow(name);
    }
  });
});

describe('places', () => {
  test('a service that is not there: every path tried is named', async () => {
    const folder = temporaryFolder();
    const client = connect(work, { directory: `${folder}/nowhere`, connectTimeoutMs: 1_500 });
    onTestFinished(() => client.close());
    const expected = `UNAVAILABLE: no server of work could be reached within 1500 ms; tried ${folder}/nowhere: does not exist`;
    expect(await messageOf(() => client.echo('x'))).toBe(expected);
    expect(await messageOf(() => client.ready())).toBe(expected);
    const strayed = launch(
      'client.mjs',
      { connectTimeoutMs: 1_500 },
      { env: { DOORCALL_DIR: `${folder}/a`, XDG_RUNTIME_DIR: `${folder}/b` } },
    );
    const [outcome] = await strayed.tell<{ message: string }[]>('calls', { method: 'echo', inputs: ['x'] });
    for (const place of [`${folder}/a`, `${folder}/b/doorcall`, `/tmp/doorcall-${process.getuid?.()}`]) {
      expect(outcome?.message).toContain(place);
    }
  });

  test('a name that is served already: its owner is named', async () => {
    const world = new World();
    const owner = await world.serve();
    expect(await refused(world, { onTaken: 'fail' })).toBe(
      `ALREADY_EXISTS: ${world.directory}/work/main.sock is already served by pid ${owner.pid}; onTaken 'join' serves beside it, 'replace' takes the name over`,
    );
    expect(await (await world.connect()).run('x')).toBe(owner.pid);
  });

  test('the socket of a killed server is replaced without a word', async () => {
    const world = new World();
    await (await world.serve()).killed();
    expect(existsSync(`${world.directory}/work/main.sock`)).toBe(true);
    const next = await world.serve({ onTaken: 'fail' });
    expect(await (await world.connect()).run('x')).toBe(next.pid);
    expect(next.output).toBe('');
  });

  test('a default directory that lets others in is refused, by server and client', async () => {
    const world = new World();
    chmodSync(world.directory, 0o777);
    const expected = `${world.directory}: refused, because it has mode 0777, which lets others in (owner uid ${process.getuid?.()})`;
    const { runLog } = world;
    const env = { DOORCALL_DIR: world.directory };
    const server = launch('server.mjs', { runLog }, { env });
    expect((await server.event('failed')).message).toContain(
      `FAILED_PRECONDITION: no directory for services: ${expected}`,
    );
    const client = launch('client.mjs', { connectTimeoutMs: 1_500 }, { env });
    const [outcome] = await client.tell<{ message: string }[]>('calls', { method: 'echo', inputs: ['x'] });
    expect(outcome?.message).toContain(expected);
    // Named explicitly it may be shared: credentials decide.
    const shared = await world.serve();
    expect(await (await world.connect()).run('x')).toBe(shared.pid);
  });

  test('a path beyond 108 bytes is as good as another', async () => {
    const world = new World();
    const directory = path.join(world.directory, 'x'.repeat(150), 'y'.repeat(150));
    const server = await world.serve({ directory });
    expect(await (await world.connect({ directory })).run.sync('x')).toBe(server.pid);
  });
});

describe('peers', () => {
  test.runIf(isRoot)('of another uid are refused, in both directions', async () => {
    const world = new World();
    chmodSync(world.directory, 0o777);
    const server = await world.serve({}, { uid: STRANGER });
    const trusting = connect(work, { directory: world.directory, serverUid: STRANGER });
    onTestFinished(() => trusting.close());
    expect(await messageOf(() => trusting.echo('x'))).toBe(
      `PERMISSION_DENIED: this server runs as uid ${STRANGER} and admits no calls of uid 0`,
    );
    const careful = connect(work, { directory: world.directory });
    onTestFinished(() => careful.close());
    expect(await messageOf(() => careful.echo('x'))).toMatch(
      new RegExp(`^PERMISSION_DENIED: .*uid ${STRANGER}`),
    );
    await until(() => server.output.includes('a peer was turned away'));
  });

  /** A program that knows nothing of handshakes; the build needs python3 anyway. */
  const RUBBISH = `
import array, os, socket, sys
os.chdir(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect('main.sock')
what = sys.argv[2]
if what == 'garbage': s.send(b'GET / HTTP/1.1\\r\\n\\r\\n')
if what == 'half a handshake': s.close(); sys.exit()
if what == 'descriptors':
    s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 200))])
while s.recv(65536): pass
`;

  test.each(['garbage', 'half a handshake', 'descriptors'])(
    'with %s: one log line, and everyone is served',
    async (what) => {
      const world = new World();
      const server = await world.serve();
      const client = await world.connect();
      const before = server.output;
      const rubbish = spawn('python3', ['-c', RUBBISH, `${world.directory}/work`, what], {
        stdio: 'inherit',
      });
      onTestFinished(() => void rubbish.kill('SIGKILL'));
      await new Promise((resolve) => rubbish.once('exit', resolve));
      await until(() => server.output.includes('a peer was turned away'));
      expect(await client.echo('served')).toBe('served');
      expect(await (await world.connect()).echo('served')).toBe('served');
      expect(before).toBe('');
      expect(server.output.match(/a peer was turned away/g)).toHaveLength(1);
      expect(server.output).toContain(`uid: ${process.getuid?.()}`);
    },
  );
});

describe('limits', () => {
  test('a full ring and a full queue refuse further calls at once, and the others are answered', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect({ ringBytes: 4096, maxQueuedBytes: 10_000, maxQueuedCalls: 10 });
    await server.stop();
    const texts = numbered(500, 'x'.repeat(100));
    const calls = texts.map((text) => client.echo(text).catch((error: Error) => error.message));
    const blocking = await messageOf(() => client.echo.sync('blocking'));
    expect(blocking).toBe(
      'RESOURCE_EXHAUSTED: work/echo: no server has room for it (calls in flight, space in its ring), and a blocking call cannot wait',
    );
    server.kill('SIGCONT');
    const outcomes = await Promise.all(calls);
    const refusals = outcomes.filter((outcome, index) => outcome !== texts[index]);
    expect(refusals.length).toBeGreaterThan(0);
    expect(new Set(refusals)).toEqual(
      new Set(['RESOURCE_EXHAUSTED: work/echo: 10 calls wait already (maxQueuedCalls, maxQueuedBytes)']),
    );
    expect(outcomes.length - refusals.length).toBeGreaterThan(30);
    expect(await client.echo('room again')).toBe('room again');
  });
});

describe('what cannot be done', () => {
  test('a blocking call when the connection is lost: it may be tried again, and the message says how', async () => {
    const world = new World();
    const server = await world.serve();
    const client = await world.connect();
    expect(await client.echo('before')).toBe('before');
    await server.killed();
    expect(await messageOf(() => client.echo('x', { timeoutMs: 200 }))).toMatch(
      /^(UNAVAILABLE|DEADLINE_EXCEEDED)/,
    );
    expect(await messageOf(() => client.echo.sync('x'))).toBe(
      'UNAVAILABLE: work/echo: the connection is lost, and a blocking call cannot wait for the next one; it is made by the event loop (`await client.ready()`)',
    );
  });

  test('a blocking call to a server on the same thread, or before there is a connection', async () => {
    const directory = temporaryFolder();
    const echoOnly = defineService('echo', { say: { input: z.string(), output: z.string() } });
    await using _server = await serve(echoOnly, { say: (text) => text }, { directory });
    await using client = connect(echoOnly, { directory });
    expect(await messageOf(() => client.say.sync('x'))).toBe(
      'FAILED_PRECONDITION: echo/say cannot be called with .sync(): there is no connection yet; `await client.ready()` before the first one',
    );
    await client.ready();
    expect(await messageOf(() => client.say.sync('x'))).toBe(
      'FAILED_PRECONDITION: echo/say cannot be called with .sync(): its server runs on this thread, or its transport cannot block',
    );
    expect(await client.say('x')).toBe('x');
  });

  test('using a client after it was closed', async () => {
    const client = await pair();
    await client.close();
    await client.close();
    for (const use of [
      () => client.echo('x'),
      () => client.echo.sync('x'),
      () => client.note('x'),
      () => client.ready(),
    ])
      expect(await messageOf(use)).toBe('FAILED_PRECONDITION: the client of work is closed');
  });

  test.each([
    [
      { platform: 'darwin' },
      'doorcall needs Linux: shared memory between processes is not available on darwin.',
    ],
    [
      { platform: 'win32' },
      'doorcall needs Linux: shared memory between processes is not available on win32.',
    ],
    [{ arch: 'ia32' }, 'doorcall needs an x64 or arm64 processor, this is ia32.'],
  ])('running on %o: importing works, using says what is missing', async (where, sentence) => {
    const run = launch('platform.mjs', where);
    expect(await run.exited, run.output).toEqual({ code: 0, signal: null });
    expect(run.output).toBe(`UNIMPLEMENTED: ${sentence}\n`.repeat(3));
  });
});
