import { spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, dialOnce, textOf } from './support/client.js';
import { isRoot, temporaryFolder } from './support/places.js';
import { serve, serveInVain } from './support/server-process.js';

const STRANGER = 54_321;

/** A directory in which any user may serve. */
function commonFolder(): string {
  const directory = temporaryFolder();
  chmodSync(directory, 0o777);
  return directory;
}

describe.runIf(isRoot)('a peer of another uid', () => {
  test('is refused by the server', async () => {
    const directory = commonFolder();
    const server = await serve({ acceptor: { directory }, uid: STRANGER, gid: STRANGER });
    const outcome = await dialOnce({ directory, serverUid: STRANGER });
    expect(outcome).toEqual({
      refusal: {
        code: 'PERMISSION_DENIED',
        message: `this server runs as uid ${STRANGER} and admits no calls of uid 0`,
      },
      retryable: false,
    });
    expect(await server.event('problem')).toMatchObject({
      peer: { uid: 0, pid: process.pid },
      reason: expect.stringContaining('PERMISSION_DENIED'),
    });
  });

  test('comes in when the policy says so', async () => {
    const directory = commonFolder();
    const server = await serve({
      acceptor: { directory, sameUidOnly: false },
      allow: [0],
      uid: STRANGER,
      gid: STRANGER,
    });
    const client = await connect({ directory, serverUid: STRANGER });
    expect(client.connection.peer.uid).toBe(STRANGER);
    expect(textOf(await client.call('hello'))).toBe('hello');
    // Bells between users go over the socket; so do those of a large message that fills the ring many times.
    const large = new Uint8Array(3_000_000).fill(7);
    expect(Buffer.compare((await client.call(large)).bytes, large)).toBe(0);
    expect(await server.event('connection')).toMatchObject({ peer: { uid: 0 } });
  });

  test('is refused by the policy with its words', async () => {
    const directory = commonFolder();
    const acceptor = { directory, sameUidOnly: false };
    await serve({ acceptor, allow: [1], uid: STRANGER, gid: STRANGER });
    expect(await dialOnce({ directory, serverUid: STRANGER })).toMatchObject({
      refusal: { code: 'PERMISSION_DENIED', message: 'uid 0 is not on the list' },
      retryable: false,
    });
  });

  test('is refused by a client that did not expect it', async () => {
    const directory = commonFolder();
    await serve({ acceptor: { directory, sameUidOnly: false }, uid: STRANGER, gid: STRANGER });
    expect(await dialOnce({ directory })).toMatchObject({
      refusal: { code: 'PERMISSION_DENIED', message: expect.stringContaining(`uid ${STRANGER}`) },
      retryable: false,
    });
    await connect({ directory, serverUid: 'any' });
  });

  test('cannot take the name over', async () => {
    const directory = commonFolder();
    const server = await serve({ acceptor: { directory } });
    const { code, message } = await serveInVain({
      acceptor: { directory, onTaken: 'replace' },
      uid: STRANGER,
      gid: STRANGER,
    });
    expect(code).toBe('PERMISSION_DENIED');
    expect(message).toContain(`a server of uid ${STRANGER} cannot take this name over`);
    expect(server.events.map(({ event }) => event)).not.toContain('taken');
    await connect({ directory });
  });
});

test('asking for another service is refused, and the built-in one is answered', async () => {
  const directory = temporaryFolder();
  await serve({ acceptor: { directory } });
  expect(await dialOnce({ directory }, { service: 'billing' })).toEqual({
    refusal: { code: 'UNIMPLEMENTED', message: 'this is orders, not billing' },
    retryable: false,
  });
  const health = await connect({ directory }, { service: 'doorcall.health' });
  expect(health.connection.remote.service).toBe('orders');
});

test('descriptors travel only when the fingerprints differ', async () => {
  const directory = temporaryFolder();
  const server = await serve({ acceptor: { directory } });
  const same = await connect({ directory });
  expect(same.connection.remote).toMatchObject({ descriptor: '', maxInFlight: 100, onewayWindow: 10 });
  const other = await connect({ directory }, { fingerprint: 'b'.repeat(32), maxInFlight: 7 });
  expect(other.connection.remote).toMatchObject({
    descriptor: '{"from":"server"}',
    fingerprint: 'a'.repeat(32),
  });
  expect(other.connection.remote).toMatchObject({
    streamWindowBytes: 262_144,
    streamWindowItems: 1_024,
    maxBlobBytes: 268_435_456,
    maxFds: 0,
  });
  await other.call('so that the server has told of it');
  const seen = server.events.filter(({ event }) => event === 'connection');
  expect(seen).toMatchObject([
    { remote: { descriptor: '' } },
    { remote: { descriptor: '{"from":"client"}', fingerprint: 'b'.repeat(32), maxInFlight: 7 } },
  ]);
});

test.each([
  { client: undefined, server: undefined, clientSees: '', serverSees: '' },
  { client: '0123456789abcdef', server: '', clientSees: '', serverSees: '0123456789abcdef' },
  {
    client: 'fedcba9876543210',
    server: '0000000000000001',
    clientSees: '0000000000000001',
    serverSees: 'fedcba9876543210',
  },
])('each side learns the other generated codec: $client and $server', async (codecs) => {
  const directory = temporaryFolder();
  const server = await serve({
    acceptor: { directory },
    ...(codecs.server !== undefined && { hello: { codec: codecs.server } }),
  });
  const client = await connect(
    { directory },
    codecs.client === undefined ? {} : { codec: codecs.client, fingerprint: 'b'.repeat(32) },
  );
  expect(client.connection.remote.codec).toBe(codecs.clientSees);
  expect(await server.event('connection')).toMatchObject({ remote: { codec: codecs.serverSees } });
});

test.each(['0123456789ABCDEF', '0123456789abcde', '0123456789abcdef0', 'g123456789abcdef', ' '])(
  'no connection is made with the codec %j',
  async (codec) => {
    const directory = temporaryFolder();
    await serve({ acceptor: { directory } });
    await expect(connect({ directory }, { codec })).rejects.toThrow('codec is 16 lower-case hex digits');
  },
);

test('connections beyond the memory for rings are refused', async () => {
  const directory = temporaryFolder();
  await serve({ acceptor: { directory, maxRingBytes: 512 * 1024 } });
  const first = await connect({ directory });
  await connect({ directory });
  expect(await dialOnce({ directory })).toMatchObject({
    refusal: { code: 'RESOURCE_EXHAUSTED', message: expect.stringContaining('ring memory') },
  });
  first.connection.close();
  await first.sink.closed();
  const again = async (): Promise<boolean> => 'connection' in (await dialOnce({ directory }));
  while (!(await again()));
});

describe('rubbish on the socket', () => {
  /** What a program that knows no handshake does; python3 is needed for the build anyway. */
  const RUBBISH = `
import array, os, socket, sys
os.chdir(sys.argv[1])
def fresh():
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); s.connect('main.sock'); return s
what = sys.argv[2]
s = fresh()
if what == 'garbage': s.send(b'GET / HTTP/1.1\\r\\n\\r\\n')
if what == 'leave': s.close(); sys.exit()
if what == 'long': s.send(b'x' * 70000)
if what == 'descriptors':
    s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0] * 200))])
if what == 'flood':
    for _ in range(200):
        s = fresh(); s.send(b'?'); s.recv(65536)
while s.recv(65536): pass
`;

  function rubbish(directory: string, what: string): Promise<void> {
    const child = spawn('python3', ['-c', RUBBISH, `${directory}/orders`, what], { stdio: 'inherit' });
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    return new Promise((resolve) => child.once('exit', () => resolve()));
  }

  test.each([
    ['garbage', 'not a doorcall handshake'],
    ['leave', 'peer left in the middle of the handshake'],
    ['long', 'truncated'],
    ['descriptors', 'too many'],
    ['silence', 'handshake not finished in time'],
  ])(
    '%s: the connection is closed, one problem is reported, everyone else is served',
    async (what, reason) => {
      const directory = temporaryFolder();
      const server = await serve({ acceptor: { directory, handshakeTimeoutMs: 1_500 } });
      const before = await connect({ directory });
      const resources = await server.tell('resources');
      await rubbish(directory, what);
      const problem = await server.event('problem');
      expect(problem.reason).toContain(reason);
      expect(problem.peer).toMatchObject({ uid: process.getuid?.() });
      expect(textOf(await before.call('hello'))).toBe('hello');
      expect(await server.tell('resources')).toEqual(resources);
      expect(server.events.filter(({ event }) => event === 'problem')).toHaveLength(1);
      await connect({ directory });
    },
  );

  test('a flood of it does not flood the log', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } });
    await rubbish(directory, 'flood');
    await connect({ directory });
    const problems = server.events.filter(({ event }) => event === 'problem');
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.length).toBeLessThan(50);
  });
});
