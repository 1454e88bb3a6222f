import { closeSync, constants, fstatSync, readFileSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { attachmentSymbol, type OwnedFd } from '../contract/attachments.js';
import { RpcError } from '../errors/rpc-error.js';
import { inspectSymbol, shownAs } from '../observe/inspect.js';

/** Closes what was forgotten; as for a FileHandle, that is told. */
const forgotten = new FinalizationRegistry<number>((fd) => {
  process.emitWarning(`doorcall: an owned descriptor (${fd}) was collected before it was closed`);
  closeQuietly(fd);
});

/**
 * Takes a descriptor into ownership: sent as an attachment it is given away, and `using` closes it otherwise.
 *
 * @param fd an open descriptor, whose closing is nobody else's business any more
 */
export function ownFd(fd: number): OwnedFd {
  if (!Number.isInteger(fd) || fd < 0) throw new RpcError('INVALID_ARGUMENT', `${fd} is no descriptor`);
  return new Owned(fd);
}

class Owned implements OwnedFd {
  readonly [attachmentSymbol] = 'fd';
  #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    forgotten.register(this, fd, this);
  }

  get fd(): number {
    if (this.#fd < 0) throw alreadyGone();
    return this.#fd;
  }

  close(): void {
    if (this.#fd >= 0) closeQuietly(this.detach());
  }

  detach(): number {
    const { fd } = this;
    this.#fd = -1;
    forgotten.unregister(this);
    return fd;
  }

  async toFileHandle(): Promise<FileHandle> {
    const { fd } = this;
    const path = `/proc/self/fd/${fd}`;
    let bothEnds: FileHandle | undefined;
    let handle: FileHandle | undefined;
    try {
      const flags = flagsOf(fd);
      if (fstatSync(fd).isFIFO()) bothEnds = await openBothEnds(path);
      handle = await open(`/proc/self/fd/${this.fd}`, flags);
      // Closed meanwhile, the number may have become another file's: then this throws.
      closeQuietly(this.detach());
      return handle;
    } catch (thrown) {
      await handle?.close();
      if (this.#fd < 0) throw alreadyGone();
      // Asked before it is closed.
      const refusal = isSocket(fd) ? notFor('toFileHandle', fd, thrown) : thrown;
      this.close();
      throw refusal;
    } finally {
      await bothEnds?.close();
    }
  }

  toSocket(options: SocketConstructorOpts = {}): Socket {
    const fd = this.detach();
    try {
      // Later than the rest Node would judge it only when the socket has the descriptor already.
      if (!isSignal(options.signal)) throw new RpcError('INVALID_ARGUMENT', 'signal is no AbortSignal');
      return new Socket({ readable: true, writable: true, ...options, fd });
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      const refusal = code === 'ERR_INVALID_FD_TYPE' ? notFor('toSocket', fd, thrown) : thrown;
      closeQuietly(fd);
      throw refusal;
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  readonly [inspectSymbol] = shownAs('DoorcallFd', () => ({
    fd: this.#fd < 0 ? 'closed, detached or sent' : this.#fd,
  }));
}

/** What an open descriptor is, as {@link notFor} calls it; the first that fits. */
const KINDS: readonly (readonly [(stats: Stats) => boolean, string])[] = [
  [(stats) => stats.isFile(), 'a file'],
  [(stats) => stats.isDirectory(), 'a directory'],
  [(stats) => stats.isSocket(), 'a socket'],
  [(stats) => stats.isFIFO(), 'a pipe'],
  [(stats) => stats.isCharacterDevice(), 'a character device'],
  [(stats) => stats.isBlockDevice(), 'a block device'],
];

/** A peer may send anything: whoever receives it is told what came. */
function notFor(method: 'toSocket' | 'toFileHandle', fd: number, cause: unknown): RpcError {
  const stats = statsOf(fd);
  const what =
    stats === undefined ? 'not open' : (KINDS.find(([is]) => is(stats))?.[1] ?? 'of a kind of its own');
  const takes =
    method === 'toSocket' ? 'connected sockets and pipes' : 'what has a path or is a pipe, not sockets';
  const why = `${method}() is for ${takes}, and descriptor ${fd} is ${what}; it is closed now`;
  return new RpcError('FAILED_PRECONDITION', why, { cause });
}

function isSocket(fd: number): boolean {
  return statsOf(fd)?.isSocket() === true;
}

function statsOf(fd: number): Stats | undefined {
  try {
    return fstatSync(fd);
  } catch {
    return undefined;
  }
}

/** As Node judges the option of that name. */
function isSignal(signal: unknown): boolean {
  return signal === undefined || (typeof signal === 'object' && signal !== null && 'aborted' in signal);
}

/** Flags that say how a file may be used, without those that would change it. */
const ACCESS_AND_APPEND = 0o3 | 0o2000;

/** Of open(2), the same on all processors that there are builds for; Node does not name it. */
const O_PATH = 0o10000000;

/** @throws RpcError FAILED_PRECONDITION for what was opened with O_PATH: to open it again would be to open it, with our rights. */
function flagsOf(fd: number): number {
  const text = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
  const flags = Number.parseInt(text, 8);
  if ((flags & O_PATH) !== 0) {
    const why = `descriptor ${fd} is but a path (O_PATH): whoever sent it need not have been allowed to open the file; it is closed now`;
    throw new RpcError('FAILED_PRECONDITION', `toFileHandle() is for what is open, and ${why}`);
  }
  return flags & ACCESS_AND_APPEND;
}

function alreadyGone(): RpcError {
  return new RpcError('FAILED_PRECONDITION', 'the descriptor is closed, detached or sent already');
}

/**
 * The end of a pipe whose other end nobody has open yet waits for it. This has both, and never waits.
 *
 * @returns undefined for a pipe of which this process may have only the one
 */
async function openBothEnds(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDWR);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EACCES') throw thrown;
    return undefined;
  }
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was closed behind our back: nothing is left to do.
  }
}
