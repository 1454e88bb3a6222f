import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ownFd } from '../../src/attach/owned-fd.js';
import type { OwnedFd } from '../../src/contract/attachments.js';
import { duplicate } from '../../src/transport/shm/duplicate.js';
import { until } from '../behaviour/waiting.js';
import { STRANGER } from '../neighbours/support/surroundings.js';
import { isRoot } from '../shm/support/places.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'doorcall-test-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function file(text: string): string {
  const name = path.join(folder(), 'file');
  writeFileSync(name, text);
  return name;
}

/** One end as a descriptor, as if it had been received, and the other as a socket. */
async function socketPair(): Promise<[near: OwnedFd, far: Socket]> {
  const name = path.join(folder(), 'socket');
  const server = createServer({ pauseOnConnect: true }).listen(name);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const far = dial(name);
  onTestFinished(() => void far.destroy());
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const copy = duplicate((accepted as unknown as { _handle: { fd: number } })._handle.fd);
  accepted.destroy();
  return [ownFd(copy), far];
}

/** Of open(2); Node does not name it. */
const O_PATH = 0o10000000;

const isOpen = (fd: number) => {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
};

describe('an owned descriptor', () => {
  it.each([-1, 1.5, Number.NaN, '3' as never])('is none when it is %s', (fd) => {
    expect(() => ownFd(fd)).toThrow(/INVALID_ARGUMENT/);
  });

  it('is closed once, and may have been closed by others', () => {
    const number = openSync(file('x'), 'r');
    const owned = ownFd(number);
    closeSync(number);
    owned.close();
    // The number is somebody else's now.
    const other = openSync(file('y'), 'r');
    expect(other).toBe(number);
    owned.close();
    owned[Symbol.dispose]();
    expect(isOpen(other)).toBe(true);
    closeSync(other);
  });

  it('that is detached is its caller’s', () => {
    const owned = ownFd(openSync(file('x'), 'r'));
    const number = owned.detach();
    owned.close();
    expect(isOpen(number)).toBe(true);
    expect(() => owned.fd).toThrow(/FAILED_PRECONDITION/);
    expect(() => owned.detach()).toThrow(/FAILED_PRECONDITION/);
    closeSync(number);
  });

  it('becomes a FileHandle, and is closed itself', async () => {
    const number = openSync(file('text'), 'r');
    const owned = ownFd(number);
    const handle = await owned.toFileHandle();
    expect(handle.fd).not.toBe(number);
    expect(isOpen(number)).toBe(false);
    expect(() => owned.fd).toThrow(/FAILED_PRECONDITION/);
    expect(await handle.readFile('utf8')).toBe('text');
    await handle.close();
  });

  it('becomes a FileHandle that may do what the descriptor may', async () => {
    const name = file('old ');
    const appending = await ownFd(openSync(name, 'a')).toFileHandle();
    writeFileSync(name, 'much longer ');
    await appending.write('new');
    await appending.close();
    expect(readFileSync(name, 'utf8')).toBe('much longer new');
    const writing = await ownFd(openSync(name, 'r+')).toFileHandle();
    await writing.write('MUCH', 0);
    await writing.close();
    const reading = await ownFd(openSync(name, 'r')).toFileHandle();
    await expect(reading.write('x')).rejects.toThrow(/EBADF/);
    expect(await reading.readFile('utf8')).toBe('MUCH longer new');
    await reading.close();
  });

  it('of a file without a name becomes a FileHandle, too', async () => {
    const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
    const number = openSync(folder(), O_TMPFILE | constants.O_RDWR);
    writeSync(number, 'text');
    const handle = await ownFd(number).toFileHandle();
    expect(await handle.readFile('utf8')).toBe('text');
    await handle.close();
  });

  it('becomes a socket, which closes it', async () => {
    const [near, far] = await socketPair();
    const number = near.fd;
    const socket = near.toSocket();
    expect(() => near.fd).toThrow(/FAILED_PRECONDITION/);
    far.end('through');
    expect(await text(socket)).toBe('through');
    await until(() => !isOpen(number));
  });

  it.each([
    ['a file', () => openSync(file('x'), 'r')],
    ['a directory', () => openSync('/', 'r')],
    ['a character device', () => openSync('/dev/null', 'r+')],
  ])('that is %s becomes no socket, says so, and is closed', (what, open) => {
    const owned = ownFd(open());
    const number = owned.fd;
    expect(() => owned.toSocket()).toThrow(
      expect.objectContaining({ code: 'FAILED_PRECONDITION', message: expect.stringContaining(what) }),
    );
    expect(isOpen(number)).toBe(false);
    expect(() => owned.fd).toThrow(/FAILED_PRECONDITION/);
  });

  it.each([
    [{ signal: 'never' }, 'INVALID_ARGUMENT'],
    [{ highWaterMark: -1 }, 'ERR_INVALID_ARG_VALUE'],
  ])('is closed when the options of its socket are %o', async (options, code) => {
    const [near] = await socketPair();
    const number = near.fd;
    expect(() => near.toSocket(options as never)).toThrow(expect.objectContaining({ code }));
    expect(isOpen(number)).toBe(false);
  });

  it('that is a socket becomes no FileHandle, says so, and is closed', async () => {
    const [near] = await socketPair();
    const number = near.fd;
    await expect(near.toFileHandle()).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('a socket'),
    });
    expect(isOpen(number)).toBe(false);
    expect(() => near.fd).toThrow(/FAILED_PRECONDITION/);
  });

  it('that is but a path becomes no FileHandle: its sender may not have been allowed to open it', async () => {
    const number = openSync(file('x'), O_PATH);
    await expect(ownFd(number).toFileHandle()).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('O_PATH'),
    });
    expect(isOpen(number)).toBe(false);
  });

  it.runIf(isRoot)('whose file cannot be opened again is closed', () => {
    const program = `
      import { fstatSync, openSync } from 'node:fs';
      import { ownFd } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const number = openSync(process.argv[1], 'r');
      process.setuid(${STRANGER});
      const code = await ownFd(number).toFileHandle().catch((error) => error.code);
      let open = true;
      try { fstatSync(number); } catch { open = false; }
      console.log(code, open);`;
    const secret = file('x');
    chmodSync(secret, 0o600);
    const args = ['--input-type=module', '-e', program, secret];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout, stderr).toBe('EACCES false\n');
  });

  it.each([
    ['the end that is read', constants.O_RDONLY],
    ['the end that is written', constants.O_WRONLY],
  ])('of a pipe whose other end nobody has open becomes a handle without waiting: %s', async (_, flags) => {
    const pipe = path.join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const both = openSync(pipe, constants.O_RDWR);
    const owned = ownFd(openSync(pipe, flags));
    closeSync(both);
    const handle = await owned.toFileHandle();
    onTestFinished(() => handle.close());
    expect(() => owned.fd).toThrow(/closed/);
    if (flags === constants.O_RDONLY) {
      const writer = openSync(pipe, 'w');
      writeSync(writer, 'through');
      closeSync(writer);
      expect(await handle.readFile('utf8')).toBe('through');
    } else {
      // Nobody reads, and nothing of this process pretends to.
      await expect(handle.write('lost')).rejects.toMatchObject({ code: 'EPIPE' });
    }
  });

  it.runIf(isRoot)('of a pipe that its receiver may only read becomes a handle that reads', () => {
    const pipe = path.join(folder(), 'pipe');
    execFileSync('mkfifo', ['-m', '644', pipe]);
    const both = openSync(pipe, constants.O_RDWR);
    const end = openSync(pipe, constants.O_RDONLY);
    writeSync(both, 'through');
    const program = `
      import { ownFd } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const handle = await ownFd(3).toFileHandle();
      const { buffer, bytesRead } = await handle.read();
      console.log(buffer.toString('utf8', 0, bytesRead));
      await handle.close();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      uid: STRANGER,
      gid: STRANGER,
      stdio: ['ignore', 'pipe', 'pipe', end],
      encoding: 'utf8',
    });
    closeSync(end);
    closeSync(both);
    expect(stdout, stderr).toBe('through\n');
  });

  it.each(['a file', 'a pipe'])(
    'of %s that is closed meanwhile becomes no handle of another',
    async (what) => {
      const name = what === 'a file' ? file('x') : path.join(folder(), 'pipe');
      if (what === 'a pipe') execFileSync('mkfifo', [name]);
      const another = file('y');
      const owned = ownFd(openSync(name, constants.O_RDWR));
      const failed = expect(owned.toFileHandle()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION' });
      owned.close();
      // Its number, as a rule.
      const other = openSync(another, 'r+');
      await failed;
      expect(isOpen(other)).toBe(true);
      closeSync(other);
    },
  );

  it('shows what it is', () => {
    const owned = ownFd(openSync(file('x'), 'r'));
    expect(inspect(owned)).toBe(`DoorcallFd { fd: ${owned.fd} }`);
    owned.close();
    expect(inspect([owned], { depth: 0 })).toBe('[ [DoorcallFd] ]');
    expect(inspect(owned)).toBe("DoorcallFd { fd: 'closed, detached or sent' }");
  });

  it('that is forgotten is closed and told of; one that was closed or detached is not', async () => {
    const told: string[] = [];
    const listen = (warning: Error) => void told.push(warning.message);
    process.on('warning', listen);
    onTestFinished(() => void process.off('warning', listen));
    const name = file('x');
    const forgotten = openSync(name, 'r');
    const detached = (() => {
      ownFd(openSync(name, 'r')).close();
      ownFd(forgotten);
      return ownFd(openSync(name, 'r')).detach();
    })();
    await until(() => {
      gc();
      return told.length > 0;
    });
    expect(isOpen(forgotten)).toBe(false);
    // The finalizers of all three have had their turn.
    for (let i = 0; i < 10; i += 1) {
      gc();
      await new Promise(setImmediate);
    }
    expect(told).toEqual([expect.stringContaining(`(${forgotten})`)]);
    expect(isOpen(detached)).toBe(true);
    closeSync(detached);
  });
});
