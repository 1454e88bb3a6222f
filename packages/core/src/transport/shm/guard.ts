import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError } from '../../errors/rpc-error.js';
import { viaFd } from './directory.js';
import { GUARD_FILE, giveToGroup, type ServiceFolder } from './folder.js';
import { fileIdentity, identityAt } from './local-servers.js';
import { native } from './native.js';

const POLL_MS = 2;
const PATIENCE_MS = 5_000;

/**
 * Runs `change` while no other process changes who owns a name in this folder.
 *
 * An instance's lock says who owns its name. Taking the lock, replacing a stale lock file and renaming a
 * socket each consist of several steps, and each of them rests on what the step before has seen; this second
 * lock makes them one. It is held for the duration of `change`, which is synchronous: a process that dies or
 * forks within it is as good as excluded.
 * @throws RpcError UNAVAILABLE when it cannot be had.
 */
export async function guarded<Result>(folder: ServiceFolder, change: () => Result): Promise<Result> {
  // Not by the wall clock, which may jump.
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const fd = openForLocking(folder, GUARD_FILE);
    try {
      // A lock on a file that is no longer at its path excludes nobody.
      if (native().addon.tryLock(fd) && isAt(fd, folder, GUARD_FILE)) return change();
    } finally {
      closeSync(fd);
    }
    if (performance.now() > deadline) {
      throw new RpcError('UNAVAILABLE', `another process holds ${folder.path}/${GUARD_FILE}`, {
        origin: 'transport',
      });
    }
    await sleep(POLL_MS);
  }
}

/** Whether an open file is the one that stands at this name now. */
function isAt(fd: number, folder: ServiceFolder, name: string): boolean {
  return identityAt(viaFd(folder.fd, name)) === fileIdentity(fstatSync(fd, { bigint: true }));
}

/** Opens a file for its lock, and makes it when it is missing, for all who may serve in the folder. */
export function openForLocking(folder: ServiceFolder, name: string, exclusive = false): number {
  const fd = openOrMake(folder, name, exclusive);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw cannotServe(folder, name, new Error('not a regular file'));
}

function openOrMake(folder: ServiceFolder, name: string, exclusive: boolean): number {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
  const place = viaFd(folder.fd, name);
  try {
    const existing = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
    if (!exclusive) {
      // Without O_CREAT first: the kernel may refuse it for other users' files in a sticky folder.
      try {
        return openSync(place, existing);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    try {
      const fd = openSync(place, existing | O_CREAT | O_EXCL, folder.lockMode);
      if (folder.lockGroup !== undefined) giveToGroup(fd, folder.lockGroup);
      fchmodSync(fd, folder.lockMode);
      return fd;
    } catch (error) {
      if (exclusive || (error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return openSync(place, existing);
    }
  } catch (error) {
    throw cannotServe(folder, name, error);
  }
}

/** What a failed step on a file of the folder means for the server that wants to listen there. */
export function cannotServe(folder: ServiceFolder, name: string, cause: unknown): RpcError {
  if (cause instanceof RpcError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new RpcError(
    forbidden ? 'PERMISSION_DENIED' : 'UNAVAILABLE',
    `cannot serve at ${folder.path}/${name}: ${message}`,
    {
      origin: 'transport',
      cause,
    },
  );
}
