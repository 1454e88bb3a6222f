import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createShmAcceptor } from '../../src/transport/shm/index.js';
import { Kind } from '../../src/transport/transport.js';
import { connect, HELLO, textOf } from './support/client.js';
import { openDescriptors, temporaryFolder, until } from './support/places.js';
import { echo, idlePolicy } from './support/policy.js';
import { serve, serveInVain } from './support/server-process.js';

const ALONE = fileURLToPath(new URL('./fixtures/alone.mjs', import.meta.url));
const WORKER = fileURLToPath(new URL('./fixtures/worker.mjs', import.meta.url));

interface Alone {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output: string;
}

function alone(what: string, directory: string): Alone {
  const child = spawn(process.execPath, [ALONE, what, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const run: Alone = { child, exit: new Promise((resolve) => child.once('close', resolve)), output: '' };
  child.stdout.on('data', (chunk) => {
    run.output += chunk;
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return run;
}

describe('what keeps a process alive', () => {
  test.each(['watch', 'idle', 'pending-no-more', 'pending-no-more-at-rest'])('%s: nothing', async (what) => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    expect(await alone(what, directory).exit).toBe(0);
  });

  test.each(['pending', 'pending-at-rest'])(
    '%s: calls that wait for their answer, until the server is gone',
    async (what) => {
      const directory = temporaryFolder();
      const server = await serve({ acceptor: { directory } });
      const run = alone(what, directory);
      await server.event('connection');
      await until(() => run.output.includes('waiting'));
      // Its event loop has nothing else to do: it would have left by the time that a new process has come and gone.
      expect(await alone('idle', directory).exit).toBe(0);
      expect(run.child.exitCode).toBe(null);
      server.kill();
      expect(await run.exit).toBe(0);
    },
  );

  test('a listening server, until it is closed', async () => {
    const directory = temporaryFolder();
    const run = alone('serve', directory);
    await until(() => run.output.includes('waiting'));
    expect(await alone('idle', directory).exit).toBe(0);
    expect(run.child.exitCode).toBe(null);
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);
  });
});

test('on another platform importing works, and using says in one sentence what is missing', async () => {
  const run = alone('platform', temporaryFolder());
  expect(await run.exit).toBe(0);
  const lines = run.output.trim().split('\n').slice(0, -1);
  const failure = {
    code: 'UNIMPLEMENTED',
    message:
      'UNIMPLEMENTED: doorcall needs Linux: shared memory between processes is not available on darwin.',
  };
  expect(lines.map((line) => JSON.parse(line))).toEqual([failure, failure]);
});

describe('descriptors', () => {
  test('of a client are gone with its connections, failed dials included', async () => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    const round = async () => {
      const client = await connect({ directory });
      await client.call('hello');
      await expect(connect({ directory }, { service: 'billing' })).rejects.toThrow('UNIMPLEMENTED');
      await expect(connect({ directory }, {}, 'nobody')).rejects.toThrow('no endpoint');
      client.connection.close();
      await client.sink.closed();
    };
    await round();
    const before = openDescriptors();
    for (let count = 0; count < 10; count++) await round();
    expect(openDescriptors()).toEqual(before);
  });

  test('of a client are gone with servers that are killed', async () => {
    const directory = temporaryFolder();
    const round = async () => {
      const server = await serve({ acceptor: { directory } });
      const client = await connect({ directory });
      await client.call('hello');
      await server.killed();
      await client.sink.closed();
    };
    await round();
    // The first few are of child_process itself.
    const before = openDescriptors().filter(
      (target) => !target.startsWith('pipe') && !target.startsWith('socket'),
    );
    for (let count = 0; count < 3; count++) await round();
    const after = openDescriptors().filter(
      (target) => !target.startsWith('pipe') && !target.startsWith('socket'),
    );
    expect(after).toEqual(before);
  });

  test('of a server are gone with its clients, and all of them when it has closed', async () => {
    const directory = temporaryFolder();
    const serving = async () => {
      const listening = await createShmAcceptor({ directory }).listen(idlePolicy({ onConnection: echo }));
      const idle = openDescriptors();
      const client = await connect({ directory });
      await client.call('hello');
      client.connection.close();
      await client.sink.closed();
      const { code } = await serveInVain({ acceptor: { directory, onTaken: 'fail' } });
      expect(code).toBe('ALREADY_EXISTS');
      await until(() => openDescriptors().length === idle.length);
      await listening.close();
      return idle.length;
    };
    await serving();
    const before = openDescriptors();
    const listeningTakes = (await serving()) - before.length;
    await until(() => openDescriptors().length === before.length);
    expect(openDescriptors()).toEqual(before);
    expect(listeningTakes).toBeGreaterThan(0);
  });
});

describe('worker threads', () => {
  async function worker(directory: string, onTaken: string): Promise<Worker> {
    const made = new Worker(WORKER, { workerData: { directory, onTaken, hello: HELLO } });
    onTestFinished(() => void made.terminate());
    await new Promise<void>((resolve, reject) => {
      made.once('message', () => resolve());
      made.once('error', reject);
    });
    return made;
  }

  test('serve as instances of their own, and sync calls to them work within one process', async () => {
    const directory = temporaryFolder();
    await worker(directory, 'join');
    await worker(directory, 'join');
    for (const instance of ['main', 'main-2']) {
      const { connection, call } = await connect({ directory }, {}, instance);
      expect(textOf(await call('hello'))).toBe('hello');
      const soon = Number(process.hrtime.bigint()) / 1e6 + 20_000;
      expect(connection.callSync?.(0, 0, 1, 0, new Uint8Array(9), 0, 9, soon)).toMatchObject({
        outcome: 'reply',
        end: 9,
      });
    }
  });

  test('that are terminated free their names and end their connections', async () => {
    const directory = temporaryFolder();
    for (const onTaken of ['fail', 'fail', 'replace']) {
      const serving = await worker(directory, onTaken);
      const client = await connect({ directory });
      client.connection.send(Kind.request, 0, 0, 1, 0, new Uint8Array(1), 0, 1);
      await client.sink.until(() => client.sink.received.length === 1);
      await serving.terminate();
      expect(await client.sink.closed()).toMatchObject({ reason: 'remote' });
    }
    await serve({ acceptor: { directory, onTaken: 'fail' } });
  });

  test('that took a name over free it, too', async () => {
    const directory = temporaryFolder();
    const old = await serve({ acceptor: { directory } });
    const next = await worker(directory, 'replace');
    await old.exited;
    await next.terminate();
    await serve({ acceptor: { directory, onTaken: 'fail', timing: { nobodyMs: 200 } } });
  });
});
