import { execFileSync, fork, spawn } from 'node:child_process';
import { chmodSync, closeSync, constants, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadNative, type NativeConnection } from '@doorcall/native';
import { describe, expect, onTestFinished, test } from 'vitest';
import { NATIVE_OPTIONS, NativeListening } from './support/native-listener.js';
import { isRoot, temporaryFolder, until } from './support/places.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const BACKLOG = fileURLToPath(new URL('./fixtures/backlog.mjs', import.meta.url));
const NEVER_STARTED = fileURLToPath(new URL('./fixtures/never-started.mjs', import.meta.url));
const LIMIT = `
import resource, sys
pid, soft = int(sys.argv[1]), sys.argv[2]
hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
resource.prlimit(pid, resource.RLIMIT_NOFILE, (hard if soft == 'hard' else int(soft), hard))
`;

const sink = { onBatch: (bytes: number) => bytes, onWritable() {}, onClose() {} };

describe('a handshake that was announced ends as a connection or is dropped, once', () => {
  test('it becomes a connection', async () => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    const { connection } = await listening.dial();
    await listening.event('connection');
    for (const one of [connection, ...listening.connections]) {
      one?.start(sink);
      one?.close('');
    }
    await listening.close();
    expect(listening.events).toEqual(['hello 1', 'connection 1', 'closed']);
  });

  test('this side refuses it', async () => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.refuse(handshake, 7, 'not you');
    expect((await listening.dial()).failure).toMatchObject({ code: 7, message: 'not you' });
    expect(listening.events).toEqual(['hello 1', 'dropped 1']);
    // The answer came too late for another one.
    listening.listener.welcome(1, NATIVE_OPTIONS);
    listening.listener.refuse(1, 7, 'still not');
    listening.listener.giveLock(1, 0);
    await listening.close();
    expect(listening.events).toEqual(['hello 1', 'dropped 1', 'closed']);
  });

  test('the peer leaves before the answer', async () => {
    const listening = new NativeListening();
    await listening.dial(300);
    await listening.event('problem');
    expect(listening.events).toEqual([
      'hello 1',
      'dropped 1',
      'problem peer left in the middle of the handshake',
    ]);
  });

  test.each([
    ['leave', 'peer left in the middle of the handshake'],
    ['refuse', 'the client gave up: no memory here'],
    ['hello-again', 'got HELLO where ATTACH was expected'],
  ] as const)('the peer does %s after the welcome', async (what, problem) => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    await listening.peer(what);
    await listening.event('problem');
    expect(listening.events).toEqual(['hello 1', 'dropped 1', `problem ${problem}`]);
  });

  test('it takes too long', async () => {
    const listening = new NativeListening({ handshakeTimeoutMs: 300 });
    expect((await listening.dial()).failure).toMatchObject({ code: 14 });
    expect(listening.events).toEqual(['hello 1', 'dropped 1', 'problem handshake not finished in time']);
  });

  test('the listener closes first', async () => {
    const listening = new NativeListening({ handshakeTimeoutMs: 300 });
    const dialled = listening.dial();
    await listening.event('hello');
    await listening.close();
    expect(listening.events).toEqual([
      'hello 1',
      'closed',
      'dropped 1',
      'problem handshake not finished in time',
    ]);
    await dialled;
  });
});

/** Connects `count` times as each of these uids, says nothing, and prints how each fared. Then waits. */
const STRANGERS = `
import os, socket, sys
folder, count = sys.argv[1], int(sys.argv[2])
held = []
for uid in map(int, sys.argv[3:]):
    os.seteuid(uid)
    for _ in range(count):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        s.connect(folder + '/main.sock')
        held.append(s)
    os.seteuid(0)
print('connected', flush=True)
for line in sys.stdin: held.pop(int(line)).close()
`;

describe.runIf(isRoot)('handshakes that other uids hold open', () => {
  async function strangers(listening: NativeListening, count: number, ...uids: number[]) {
    chmodSync(listening.folder, 0o755);
    const child = spawn('python3', ['-c', STRANGERS, listening.folder, String(count), ...uids.map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    return { leave: (index: number) => child.stdin.write(`${index}\n`) };
  }
  const refusals = ({ events }: NativeListening) =>
    events.filter((event) => event === 'problem too many handshakes under way').length;

  test('leave their own places to clients of this uid', async () => {
    const listening = new NativeListening({ mode: 0o666, maxHandshakes: 5, maxHandshakesPerUid: 3 });
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    // Three, two, none.
    const held = await strangers(listening, 4, 54_331, 54_332, 54_333);
    await listening.until(() => refusals(listening) === 7);
    for (let count = 0; count < 5; count += 1) {
      const { failure, connection } = await listening.dial();
      expect(failure).toBe(null);
      connection?.close('');
    }
    // The first of the first uid, which makes room for one.
    held.leave(0);
    await listening.event('problem peer left');
    await strangers(listening, 2, 54_333);
    await listening.until(() => refusals(listening) === 8);
    for (const connection of listening.connections) connection.close('');
  });

  test('are not made more by those of this uid, which has its own bound', async () => {
    const listening = new NativeListening({ mode: 0o666, maxHandshakes: 2, maxHandshakesPerUid: 2 });
    const own = [listening.dial(), listening.dial()];
    await listening.event('hello 2');
    expect((await listening.dial()).failure).toMatchObject({
      code: 14,
      message: 'too many handshakes under way',
    });
    await strangers(listening, 3, 54_331);
    // Comes after them, and is refused like one of them.
    expect((await listening.dial()).failure).toMatchObject({ code: 14 });
    expect(refusals(listening)).toBe(3);
    for (const handshake of [1, 2]) listening.listener.refuse(handshake, 7, 'not you');
    for (const { failure } of await Promise.all(own)) expect(failure).toMatchObject({ code: 7 });
  });
});

test('one that was never announced is not dropped', async () => {
  const listening = new NativeListening();
  expect(await listening.takeOver()).toMatchObject({ code: 10, message: 'not now' });
  await listening.close();
  expect(listening.events).toEqual(['takeover 1', 'closed']);
});

/** A finished handshake whose own side was never given a sink. */
async function neverStarted() {
  const listening = new NativeListening();
  listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
  const { connection } = await listening.dial();
  await listening.event('connection');
  const peer = new Promise<string>((resolve) => {
    listening.connections[0]?.start({ ...sink, onClose: (reason) => resolve(reason) });
  });
  return { connection: connection as NativeConnection, peer };
}

describe('a connection that was never started', () => {
  test.each(['close', 'fail'] as const)('ends with %s, and its peer is told', async (how) => {
    const { connection, peer } = await neverStarted();
    connection[how]('not needed');
    expect(await peer).toBe('remote');
    connection[how]('again');
    expect(connection.send(new Uint8Array(1))).toBe(2);
    expect(connection.withdraw(1)).toBe(false);
  });

  test('ends when it is forgotten', async () => {
    const forgotten = await neverStarted().then(({ peer }) => ({ peer }));
    let reason: string | undefined;
    void forgotten.peer.then((told) => {
      reason = told;
    });
    await until(() => {
      collectGarbage();
      return reason !== undefined;
    });
    expect(reason).toBe('remote');
  });

  test('does not keep the process', async () => {
    const listening = new NativeListening();
    listening.onHello = (handshake) => listening.listener.welcome(handshake, NATIVE_OPTIONS);
    for (const how of ['close', 'fail', 'leave']) {
      const child = spawn(process.execPath, [NEVER_STARTED, listening.folder, how], { stdio: 'inherit' });
      expect(await new Promise((resolve) => child.once('exit', resolve)), how).toBe(0);
    }
    for (const connection of listening.connections) connection.close('');
  });
});

test('peers for whom there are no descriptors wait, and one timer looks again', async () => {
  const folder = temporaryFolder();
  const child = fork(BACKLOG, [folder], { stdio: 'inherit' });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const problems: { problem: string; at: number }[] = [];
  child.on('message', (told: { problem?: string; at: number }) => {
    if (told.problem !== undefined) problems.push({ problem: told.problem, at: told.at });
  });
  await new Promise((resolve) => child.once('message', resolve));
  const answered = () => new Promise((resolve) => child.send({}, () => child.once('message', resolve)));
  const limit = (soft: string) =>
    execFileSync('python3', ['-c', LIMIT, String(child.pid), soft], { stdio: 'inherit' });

  limit('3');
  const directory = openSync(folder, constants.O_DIRECTORY);
  onTestFinished(() => closeSync(directory));
  const dialled: Promise<boolean>[] = [];
  for (let count = 0; count < 8; count += 1) {
    dialled.push(
      new Promise((resolve) => {
        loadNative().dial(directory, 'main.sock', -1, NATIVE_OPTIONS, 50_000, (_failure, connection) => {
          connection?.close('');
          resolve(connection !== null);
        });
      }),
    );
    // Each one is an edge of its own.
    await answered();
    await answered();
  }
  const before = problems.length;
  await until(() => problems.length > before + 3);
  for (const { problem } of problems) expect(problem).toContain('Too many open files');
  const gaps = problems.slice(1).map(({ at }, index) => at - problems[index]!.at);
  // Nobody looks again earlier than 100 ms after the last time; how much later is the machine's business. So is when a look
  // is told of: one that is told late comes close to the next. Looking at each edge would make most gaps short.
  expect(gaps.filter((gap) => gap < 90).length, String(gaps)).toBeLessThan(gaps.length / 2);
  limit('hard');
  expect(await Promise.all(dialled)).toEqual(dialled.map(() => true));
});
