import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect, textOf } from './support/client.js';
import { temporaryFolder } from './support/places.js';
import { canSandbox, type SandboxRule, sandboxed } from './support/sandbox.js';
import { serve } from './support/server-process.js';

/** Makes a client and a server, and prints what they say. */
const USER = fileURLToPath(new URL('../process/fixtures/platform.mjs', import.meta.url));

const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
/** SEAL, SHRINK, GROW, FUTURE_WRITE. */
const ALL_SEALS = 0x17;
const EPOLL_CTL_ADD = 1;
const FIONBIO = 0x5421;

const PIDFD = 'anon_inode:[pidfd]';
const NO_PIDFDS: SandboxRule = { call: 'pidfd_open', errno: 'ENOSYS' };

/** What somebody reads who serves, calls and waits for a connection there. */
async function saidUnder(rules: readonly SandboxRule[]): Promise<{ lines: string[]; code: number | null }> {
  const [command, ...args] = [...sandboxed(rules), process.execPath, USER, '{}'];
  const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { lines: output.split('\n').slice(0, -1), code };
}

describe.runIf(canSandbox)('a kernel or a sandbox that does not give', () => {
  const SEALED_MEMORY =
    'UNIMPLEMENTED: doorcall needs memory files that can be sealed (memfd_create, Linux 5.1 or later), ' +
    'which this kernel or its sandbox does not give: ';

  test.each<[string, readonly SandboxRule[], string]>([
    [
      'memory files',
      [{ call: 'memfd_create', errno: 'ENOSYS' }],
      'memfd_create: doorcall-probe: Function not implemented.',
    ],
    ['memory files to us', [{ call: 'memfd_create', errno: 'EPERM' }], 'Operation not permitted.'],
    [
      'the seals',
      [{ call: 'fcntl', argument: 1, value: F_ADD_SEALS, errno: 'EINVAL' }],
      'F_ADD_SEALS of F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE, F_SEAL_SEAL: Invalid argument.',
    ],
    [
      'the seals in fact',
      [
        { call: 'fcntl', argument: 1, value: F_ADD_SEALS, result: 0 },
        { call: 'fcntl', argument: 1, value: F_GET_SEALS, result: ALL_SEALS },
      ],
      'reports the seals but does not enforce them: a shared writable mapping of the sealed file was allowed.',
    ],
  ])('%s: importing works, using says so in one sentence', async (_what, rules, reason) => {
    const { lines, code } = await saidUnder(rules);
    expect(code).toBe(0);
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line.startsWith(SEALED_MEMORY), line).toBe(true);
      expect(line.endsWith(reason), line).toBe(true);
    }
  });

  test('an event loop that can be joined: the process says so and lives on', async () => {
    const { lines, code } = await saidUnder([
      {
        call: 'ioctl',
        argument: 1,
        value: FIONBIO,
        fd: 0,
        target: 'anon_inode:[eventpoll]',
        errno: 'EINVAL',
      },
    ]);
    expect(code).toBe(0);
    const sentence = 'doorcall cannot attach to this event loop: it takes no further descriptor';
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toContain(sentence);
  });

  test('pidfds: calls work, and the end of the process shows by its socket', async () => {
    const directory = temporaryFolder();
    const server = await serve({ acceptor: { directory } }, {}, sandboxed([NO_PIDFDS]));
    const client = await connect({ directory });
    expect(textOf(await client.call('hello'))).toBe('hello');
    server.kill();
    expect(await client.sink.closed()).toMatchObject({ reason: 'hangup', frozen: false });
  });

  test('a watch on each descriptor: the connection ends, and nobody waits for a death that is not told', async () => {
    const directory = temporaryFolder();
    const server = await serve(
      { acceptor: { directory } },
      {},
      sandboxed([
        { call: 'epoll_ctl', argument: 1, value: EPOLL_CTL_ADD, fd: 2, target: PIDFD, errno: 'ENOSPC' },
      ]),
    );
    const client = await connect({ directory });
    expect(await client.sink.closed()).toMatchObject({ reason: 'remote' });
    expect(await server.event('connectionClosed')).toMatchObject({
      reason: 'protocol-error',
      detail: 'this process cannot watch any more descriptors',
    });
  });
});
