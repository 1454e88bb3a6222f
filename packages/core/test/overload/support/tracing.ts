import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether this machine's strace may watch a process of ours and answer system calls in the kernel's stead. */
export const canTrace =
  spawnSync('strace', ['-qq', '-e', 'inject=uname:error=ENOSYS:when=65535', '-o', '/dev/null', 'true'])
    .status === 0;

/** One system call of the main thread as strace saw it. */
export interface TracedCall {
  readonly name: string;
  /** The how-manieth call of that name since the tracing began, from 1. */
  readonly ordinal: number;
  readonly line: string;
  readonly injected: boolean;
}

export class Tracing {
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'doorcall-trace-'));
  readonly #file = path.join(this.#folder, 'trace');
  readonly #strace: ChildProcess;
  readonly #attached: Promise<unknown>;

  /** @param inject e.g. `memfd_create:error=ENOMEM:when=1` */
  constructor(pid: number, inject?: string) {
    const rules = inject === undefined ? [] : ['-e', `inject=${inject}`];
    const args = ['-p', String(pid), '-yy', '-s', '16', '-o', this.#file, ...rules];
    this.#strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    // "strace: Process … attached"
    this.#attached = Promise.race([once(this.#strace.stderr!, 'data'), once(this.#strace, 'exit')]);
    onTestFinished(() => {
      this.#strace.kill('SIGKILL');
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  static async of(pid: number, inject?: string): Promise<Tracing> {
    const tracing = new Tracing(pid, inject);
    await tracing.#attached;
    return tracing;
  }

  /** Lets the process go. @returns what it called meanwhile */
  async end(): Promise<TracedCall[]> {
    const exited = this.#strace.exitCode === null ? once(this.#strace, 'exit') : undefined;
    this.#strace.kill('SIGINT');
    await exited;
    const counts = new Map<string, number>();
    const calls: TracedCall[] = [];
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      const name = /^(\w+)\(/.exec(line)?.[1];
      if (name === undefined) continue;
      const ordinal = (counts.get(name) ?? 0) + 1;
      counts.set(name, ordinal);
      calls.push({ name, ordinal, line, injected: line.includes('(INJECTED)') });
    }
    rmSync(this.#folder, { recursive: true, force: true });
    return calls;
  }
}

/** Calls of ours, told from those of Node by what they are made on. */
const OURS: Readonly<Record<string, RegExp>> = {
  socket: /SOCK_SEQPACKET/,
  connect: /\/proc\/self\/fd\//,
  accept4: /./,
  getsockopt: /SO_PEERCRED/,
  sendmsg: /MSG_DONTWAIT/,
  recvmsg: /MSG_DONTWAIT/,
  memfd_create: /doorcall/,
  ftruncate: /memfd:/,
  fallocate: /memfd:/,
  mmap: /memfd:/,
  madvise: /MADV_DONTFORK|MADV_DONTDUMP/,
  fcntl: /memfd:|eventfd|F_ADD_SEALS|F_GET_SEALS/,
  fstat: /memfd:/,
  fstatfs: /./,
  readlink: /\/proc\/self\/fd/,
  eventfd2: /./,
  pidfd_open: /./,
  epoll_create1: /./,
  epoll_ctl: /UNIX|eventfd|pidfd/,
  openat: /doorcall|\/proc\/self\/fd|load|main\.sock/,
  getdents64: /./,
  inotify_add_watch: /./,
  inotify_init1: /./,
};

export const isOurs = ({ name, line }: TracedCall): boolean => OURS[name]?.test(line) ?? false;
