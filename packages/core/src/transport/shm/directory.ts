import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { RpcError } from '../../errors/rpc-error.js';
import { isOwnUid, ownUid } from './credentials.js';

/** A directory that may hold services. */
export interface Candidate {
  readonly path: string;
  /** Named by the `directory` option: credentials decide, not owner and mode. */
  readonly shared: boolean;
  /** A folder that must be there already and be this user's; the last step is made. */
  readonly base?: string;
}

/** An open directory that has passed its checks. Everything in it is reached through the descriptor. */
export interface Directory {
  readonly fd: number;
  readonly path: string;
  readonly shared: boolean;
  readonly stats: Stats;
}

/** Why a directory cannot be used. */
export class DirectoryProblem extends Error {
  constructor(
    /** `refused`: it is there, but must not be trusted. */
    readonly kind: 'missing' | 'refused' | 'unusable',
    message: string,
  ) {
    super(message);
  }
}

const OTHERS = 0o077;
const PRIVATE = 0o700;
/** Opens a place without access to what is in it; Node does not name the flag. */
const O_PATH = 0o10000000;

/** The places where servers and clients of this user meet, best first. */
export function candidates(
  explicit: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): readonly Candidate[] {
  if (explicit !== undefined) return [{ path: path.resolve(explicit), shared: true }];
  const found: Candidate[] = [];
  if (env.DOORCALL_DIR) found.push({ path: path.resolve(env.DOORCALL_DIR), shared: false });
  const runtime = env.XDG_RUNTIME_DIR;
  // The XDG specification says that a relative path is to be ignored.
  if (runtime && path.isAbsolute(runtime)) {
    found.push({ path: path.join(runtime, 'doorcall'), shared: false, base: runtime });
  }
  found.push({ path: `/tmp/doorcall-${ownUid()}`, shared: false, base: '/tmp' });
  // Two settings may name one place: its servers are there once.
  return found.filter(({ path: one }, at) => found.findIndex((other) => other.path === one) === at);
}

/**
 * Opens a candidate and checks what it has opened, so that nobody can exchange it in between.
 * @throws DirectoryProblem
 */
export function openDirectory(candidate: Candidate): Directory {
  const { path: name, shared } = candidate;
  let fd: number;
  try {
    fd = openSync(name, constants.O_RDONLY | constants.O_DIRECTORY | (shared ? 0 : constants.O_NOFOLLOW));
  } catch (error) {
    throw openProblem(name, error as NodeJS.ErrnoException);
  }
  try {
    const stats = fstatSync(fd);
    if (!shared) checkPrivate(stats);
    if (!existsSync(viaFd(fd)))
      throw new DirectoryProblem('unusable', 'doorcall needs /proc, which is not mounted');
    return { fd, path: name, shared, stats };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Path of a file in an open directory, whatever happens to the directory's own path. */
export function viaFd(fd: number, name = '.'): string {
  return `/proc/self/fd/${fd}/${name}`;
}

/**
 * The directory for a server, made when it is missing. An environment without a usable `$XDG_RUNTIME_DIR`
 * falls back to /tmp; what is there but cannot be trusted is an error.
 * @throws RpcError FAILED_PRECONDITION
 */
export function serverDirectory(options: readonly Candidate[]): Directory {
  const problems: string[] = [];
  for (const candidate of options) {
    try {
      makeDirectory(candidate);
      return openDirectory(candidate);
    } catch (error) {
      if (!(error instanceof DirectoryProblem)) throw error;
      problems.push(`${candidate.path}: ${error.message}`);
      if (error.kind === 'refused' || candidate.base === undefined) break;
    }
  }
  throw new RpcError('FAILED_PRECONDITION', `no directory for services: ${problems.join('; ')}`, {
    origin: 'transport',
  });
}

function makeDirectory({ path: name, base }: Candidate): void {
  try {
    if (base === undefined) {
      makeWithParents(name);
      return;
    }
    // Root with the environment of another user must not put its own folder into that user's.
    const { uid } = statSync(base);
    if (base !== '/tmp' && !isOwnUid(uid)) {
      throw new DirectoryProblem('unusable', `${base} belongs to uid ${uid}, not to uid ${ownUid()}`);
    }
    makePrivateFolder(name);
  } catch (error) {
    if (error instanceof DirectoryProblem) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw new DirectoryProblem('unusable', `cannot be made (${code})`);
  }
}

/** Not `recursive: true`: where a parent exists but takes no folders (/proc), Node 20 then never returns. */
function makeWithParents(name: string): void {
  try {
    makePrivateFolder(name);
  } catch (error) {
    const parent = path.dirname(name);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error;
    makeWithParents(parent);
    makePrivateFolder(name);
  }
}

/** Makes a folder for this user alone, whatever the umask: one that takes rights from its owner would lock us out for good. */
export function makePrivateFolder(place: string): void {
  mkdirSync(place, { mode: PRIVATE });
  // What is changed is what was opened, and a link is not followed: somebody may have put another thing there meanwhile.
  const fd = openSync(place, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const { mode, uid } = fstatSync(fd);
    if (uid === process.geteuid?.() && (mode & PRIVATE) !== PRIVATE)
      chmodSync(`/proc/self/fd/${fd}`, PRIVATE);
  } finally {
    closeSync(fd);
  }
}

function checkPrivate({ uid, mode }: Stats): void {
  const permissions = `mode 0${(mode & 0o7777).toString(8)}`;
  if (!isOwnUid(uid)) {
    throw new DirectoryProblem(
      'refused',
      `refused, because it belongs to uid ${uid}, not to uid ${ownUid()} (${permissions})`,
    );
  }
  if ((mode & OTHERS) !== 0) {
    throw new DirectoryProblem(
      'refused',
      `refused, because it has ${permissions}, which lets others in (owner uid ${uid}); chmod it to 0700, or name ` +
        'it by the directory option',
    );
  }
}

function openProblem(name: string, { code }: NodeJS.ErrnoException): DirectoryProblem {
  if (code === 'ENOENT') return new DirectoryProblem('missing', 'does not exist');
  if (code === 'ENOTDIR' || code === 'ELOOP') return notDirectory(name);
  return new DirectoryProblem('unusable', `cannot be opened (${code})`);
}

function notDirectory(name: string): DirectoryProblem {
  try {
    const stats = lstatSync(name);
    if (!stats.isSymbolicLink())
      return new DirectoryProblem('refused', 'refused, because it is not a directory');
    return new DirectoryProblem('refused', `refused, because it is a symbolic link (owner uid ${stats.uid})`);
  } catch {
    return new DirectoryProblem('missing', 'does not exist');
  }
}
