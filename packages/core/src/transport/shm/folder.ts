import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { type Directory, DirectoryProblem, makePrivateFolder, viaFd } from './directory.js';
import { fileIdentity, identityAt } from './local-servers.js';

/** The folder of one service, open. */
export interface ServiceFolder {
  readonly fd: number;
  readonly path: string;
  readonly shared: boolean;
  /** For files that only servers open. */
  readonly lockMode: number;
  /** The group that such files should have, when it is not the process's own that counts. */
  readonly lockGroup: number | undefined;
  /** For sockets: connecting needs write permission. */
  readonly socketMode: number;
}

const SOCKET = '.sock';

export const socketFile = (instance: string): string => `${instance}${SOCKET}`;
export const isSocketFile = (name: string): boolean => name.endsWith(SOCKET);
export const lockFile = (instance: string): string => `${instance}.lock`;
/** A socket or lock file on its way to its name. */
export const nextFile = (file: string): string => `${file}.next`;
/** Held while a name changes hands; see guard.ts. */
export const GUARD_FILE = '.guard';

/**
 * Opens a service's folder in its directory.
 * @param make make it when it is missing, with the permissions of a shared directory, or for this user alone.
 * @throws DirectoryProblem
 */
export function openServiceFolder(directory: Directory, service: string, make: boolean): ServiceFolder {
  const place = viaFd(directory.fd, service);
  let made = false;
  if (make) made = makeFolder(place);
  let fd: number;
  try {
    // Also in a shared directory: a symbolic link would lead out of what the user named.
    fd = openSync(place, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new DirectoryProblem('missing', 'does not exist');
    const what =
      code === 'ENOTDIR' || code === 'ELOOP'
        ? 'refused, because it is not a folder'
        : `cannot be opened (${code})`;
    throw new DirectoryProblem(code === 'EACCES' ? 'unusable' : 'refused', what);
  }
  try {
    if (made && directory.shared) share(fd, directory.stats);
    const { mode, gid } = fstatSync(fd);
    const path = `${directory.path}/${service}`;
    if (!directory.shared) {
      return { fd, path, shared: false, lockMode: 0o600, lockGroup: undefined, socketMode: 0o600 };
    }
    return { fd, path, shared: true, lockMode: lockModeFor(mode), lockGroup: gid, socketMode: 0o666 };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether it has been removed or renamed since it was opened: clients look elsewhere. */
export function hasMoved(folder: ServiceFolder): boolean {
  try {
    return identityAt(folder.path) !== fileIdentity(fstatSync(folder.fd, { bigint: true }));
  } catch {
    // It cannot be seen by this process (any more); others may still find it.
    return false;
  }
}

/** Instances that have a socket in the folder, in the order of their names. */
export function listInstances(folder: ServiceFolder): string[] {
  return readdirSync(viaFd(folder.fd))
    .filter(isSocketFile)
    .map((name) => name.slice(0, -SOCKET.length))
    .sort();
}

function makeFolder(place: string): boolean {
  try {
    makePrivateFolder(place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new DirectoryProblem('unusable', `cannot be made (${code})`);
  }
}

/** Who may enter the shared directory may enter the service's folder, whatever the umask. */
function share(fd: number, { mode, gid }: Stats): void {
  giveToGroup(fd, gid);
  fchmodSync(fd, mode & 0o7777);
}

/** Only root and members of the group can do so; otherwise the group stays this process's. */
export function giveToGroup(fd: number, gid: number): void {
  try {
    fchownSync(fd, -1, gid);
  } catch {
    // The owner's own processes can still work together.
  }
}

/** Who may put a socket into the folder may open the lock files, and nobody else: a reader could hold a lock. */
function lockModeFor(folderMode: number): number {
  return 0o600 | ((folderMode & 0o020) !== 0 ? 0o060 : 0) | ((folderMode & 0o002) !== 0 ? 0o006 : 0);
}
