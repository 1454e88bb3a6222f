import {
  closeSync,
  fstatSync,
  ftruncateSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { viaFd } from './directory.js';
import { lockFile, nextFile, type ServiceFolder } from './folder.js';
import { guarded, openForLocking } from './guard.js';
import { fileIdentity, identityAt } from './local-servers.js';
import { native } from './native.js';

/** Who says to own a name. For messages only: a pid is no identity. */
export interface OwnerInfo {
  readonly pid: number;
  readonly pidNamespace: string;
  readonly startedAt: string;
}

/**
 * The lock on an instance's name: `flock` on `<instance>.lock`. Whoever holds the lock of the file that stands at
 * that path *now* owns the name. The file is never unlinked, but a stale one is replaced.
 */
export class LockFile {
  /** Grows when the file at the path turns out to be another one than before. */
  generation = 0;
  /** The descriptor came from another process, not from `fs`. */
  private adopted = false;
  private closed = false;

  private constructor(
    readonly folder: ServiceFolder,
    readonly instance: string,
    private fd: number,
  ) {}

  /** Opens the lock file; nothing is locked yet. */
  static open(folder: ServiceFolder, instance: string): LockFile {
    return new LockFile(folder, instance, openForLocking(folder, lockFile(instance)));
  }

  /** The descriptor, which carries the lock wherever it is sent. */
  get descriptor(): number {
    return this.fd;
  }

  /** @returns whether the name is ours now. */
  attempt(): Promise<boolean> {
    return this.change(() => {
      for (;;) {
        const locked = native().addon.tryLock(this.fd);
        // A lock on a file that is no longer at its path counts for nothing.
        if (this.reopenIfReplaced()) continue;
        if (locked) this.writeOwner();
        return locked;
      }
    });
  }

  /**
   * Puts a new lock file in the place of this one, whose holder has shown to be no server any more (a forked
   * child of a dead one, say, which will never let go).
   * @returns whether the name is ours now; not so when somebody else was faster.
   */
  replace(): Promise<boolean> {
    return this.change(() => {
      if (this.reopenIfReplaced()) return false;
      if (native().addon.tryLock(this.fd)) {
        this.writeOwner();
        return true;
      }
      const name = lockFile(this.instance);
      const next = nextFile(name);
      rmSync(viaFd(this.folder.fd, next), { force: true });
      const fresh = openForLocking(this.folder, next, true);
      try {
        if (!native().addon.tryLock(fresh)) throw new Error(`${next} is locked although it is new`);
        renameSync(viaFd(this.folder.fd, next), viaFd(this.folder.fd, name));
      } catch (error) {
        closeSync(fresh);
        throw error;
      }
      this.exchange(fresh, false);
      this.writeOwner();
      return true;
    });
  }

  /**
   * Takes over a descriptor that the owner of the name has sent.
   * @returns whether it is what it should be: this file, with the lock on it. It is closed otherwise.
   */
  async adopt(fd: number): Promise<boolean> {
    let adopted = false;
    try {
      await this.change(() => {
        this.reopenIfReplaced();
        if (!sameFile(fd, this.fd) || !native().addon.tryLock(fd)) return;
        this.exchange(fd, true);
        adopted = true;
        this.writeOwner();
      });
    } finally {
      // It carries the lock: left open, it would keep the name from everybody for as long as this process lives.
      if (!adopted) native().addon.closeDescriptor(fd);
    }
    return adopted;
  }

  owner(): OwnerInfo | undefined {
    try {
      const info: unknown = JSON.parse(readFileSync(viaFd(this.folder.fd, lockFile(this.instance)), 'utf8'));
      return isOwnerInfo(info) ? info : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Whether no other file stands at the path: otherwise somebody has taken the owner for dead. To be asked by the
   * owner, within {@link guarded}.
   */
  get counts(): boolean {
    const found = identityAt(viaFd(this.folder.fd, lockFile(this.instance)));
    return found === undefined || found === fileIdentity(fstatSync(this.fd, { bigint: true }));
  }

  /** Lets go of the lock, unless another process shares it. Nothing can be done with it any more. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.closeDescriptor();
  }

  /** @throws Error when it was closed meanwhile: its descriptor's number may be another file's by now. */
  private change<Result>(change: () => Result): Promise<Result> {
    return guarded(this.folder, () => {
      if (this.closed) throw new Error(`the lock of ${this.instance} is closed`);
      return change();
    });
  }

  private exchange(fd: number, adopted: boolean): void {
    this.closeDescriptor();
    this.fd = fd;
    this.adopted = adopted;
  }

  private closeDescriptor(): void {
    if (this.adopted) native().addon.closeDescriptor(this.fd);
    else closeSync(this.fd);
  }

  private writeOwner(): void {
    const info: OwnerInfo = {
      pid: process.pid,
      pidNamespace: pidNamespace(),
      startedAt: new Date().toISOString(),
    };
    try {
      ftruncateSync(this.fd, 0);
      writeSync(this.fd, `${JSON.stringify(info)}\n`, 0);
    } catch {
      // A full disk costs the next one a pid in a message.
    }
  }

  /** @returns whether another file stands at the path now; then it is the one that counts. */
  private reopenIfReplaced(): boolean {
    const name = lockFile(this.instance);
    const fresh = openForLocking(this.folder, name);
    if (sameFile(fresh, this.fd)) {
      closeSync(fresh);
      return false;
    }
    this.exchange(fresh, false);
    this.generation += 1;
    return true;
  }
}

/** "pid 12", or what can be said of a process whose pid means nothing here. */
export function describeOwner(owner: OwnerInfo | undefined): string {
  if (owner === undefined) return 'a process that did not leave its pid';
  if (owner.pidNamespace !== pidNamespace())
    return `pid ${owner.pid} of another pid namespace (a container?)`;
  return owner.pid === process.pid ? `this process (pid ${owner.pid})` : `pid ${owner.pid}`;
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return 'unknown';
  }
}

function sameFile(first: number, second: number): boolean {
  const one = fstatSync(first, { bigint: true });
  const other = fstatSync(second, { bigint: true });
  return one.ino === other.ino && one.dev === other.dev;
}

function isOwnerInfo(value: unknown): value is OwnerInfo {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, pidNamespace: namespace } = value as Partial<OwnerInfo>;
  return typeof pid === 'number' && typeof namespace === 'string';
}
