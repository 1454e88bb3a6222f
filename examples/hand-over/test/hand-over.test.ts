import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { descriptorsOf, ended, kill, until, World } from './support/world.js';

const hasCurl = spawnSync('curl', ['--version']).status === 0;

function dial(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  return socket;
}

test.skipIf(!hasCurl)('curl keeps its connection, and never notices', async () => {
  const { port } = await World.start();
  const url = (name: string) => `http://127.0.0.1:${port}/${name}`;
  const each = ['--next', '-s', '-d', 'x'.repeat(100_000), '-w', '%{num_connects}\n'];
  const { stdout } = spawnSync('curl', [...each.slice(1), url('a'), ...each, url('b'), ...each, url('c')], {
    encoding: 'utf8',
  });
  const lines = stdout.trim().split('\n');
  const [worker = ''] = /^worker-\d \d+/.exec(stdout) ?? [];
  expect(lines).toEqual([
    `${worker} POST /a 100000`,
    '1',
    `${worker} POST /b 100000`,
    '0',
    `${worker} POST /c 100000`,
    '0',
  ]);
});

test('a connection stays with its worker, and the next one goes to the worker that has fewer', async () => {
  const world = await World.start();
  const first = world.agent();
  const one = await world.get(first);
  let second = world.agent();
  let other = await world.get(second);
  // Until the connections that were there before are known to be gone.
  while (other.worker === one.worker) {
    second.destroy();
    second = world.agent();
    other = await world.get(second);
  }
  for (let i = 0; i < 3; i += 1) {
    expect(await world.get(first)).toEqual(one);
    expect(await world.get(second)).toEqual(other);
  }
});

test('after a worker was killed the other one goes on, until there are two again', async () => {
  const world = await World.start();
  const kept = world.agent();
  const { worker: survivor, pid } = await world.get(kept);
  const victim = survivor === 'worker-1' ? 'worker-2' : 'worker-1';
  await kill(world.pidOf(victim));
  const answers = await Promise.all(Array.from({ length: 20 }, () => world.get()));
  expect(answers.every(({ worker }) => worker === survivor || worker === victim)).toBe(true);
  expect((await world.get(kept)).pid).toBe(pid);
  await until(async () => (await world.get()).worker === victim);
});

test('what is said before there is any worker is answered', async () => {
  const world = await World.start();
  const pids = ['worker-1', 'worker-2'].map((name) => world.pidOf(name));
  await Promise.all(pids.map(kill));
  const socket = dial(world.port);
  // Two requests at once; the second is the last.
  socket.write('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const answer = await text(socket);
  expect(answer.match(/worker-\d \d+ GET \/[ab] 0/g)).toHaveLength(2);
});

test('SIGTERM lets requests finish, ends idle connections, and leaves nothing', async () => {
  const world = await World.start();
  const idle = dial(world.port);
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => idle.once('data', resolve));
  const busy = dial(world.port);
  busy.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
  // `100 Continue` says that a worker is at it.
  await new Promise((resolve) => busy.once('data', resolve));
  const answer = text(busy);
  world.supervisor.signal('SIGTERM');
  await new Promise((resolve) => idle.once('end', resolve));
  busy.write('rest');
  expect(await answer).toMatch(/POST \/ 4/);
  expect(await world.supervisor.exited).toBe(0);
  expect(readdirSync(world.folder)).toEqual([]);
  expect(world.supervisor.output).toContain('worker-1 ended (0)');
  expect(world.supervisor.output).toContain('worker-2 ended (0)');
});

test('workers end when their supervisor is killed', async () => {
  const world = await World.start();
  const pids = ['worker-1', 'worker-2'].map((name) => world.pidOf(name));
  world.supervisor.signal('SIGKILL');
  await Promise.all(pids.map(ended));
});

test('no descriptor stays behind at the supervisor or the workers', async () => {
  const world = await World.start();
  await Promise.all(Array.from({ length: 50 }, () => world.get()));
  const pids = [world.supervisor.pid, world.pidOf('worker-1'), world.pidOf('worker-2')];
  const settled = () => pids.map(descriptorsOf);
  let before = settled();
  for (let round = 0; round < 3; round += 1) {
    await Promise.all(Array.from({ length: 50 }, () => world.get()));
    if (round === 0) before = settled();
  }
  await until(() => settled().every((count, i) => count <= (before[i] ?? 0)));
});
