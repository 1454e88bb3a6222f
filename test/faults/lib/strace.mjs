// System calls as places to be killed at: strace tells which ones a process makes, and sends it a signal at the n-th.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithUs, makeFolder, removeFolder } from './leftovers.mjs';

const POLL_MS = 2;
/** Of a trace, to be shown. */
const LAST_LINES = 8;
const STOPPED = /--- stopped by SIGSTOP ---/;
const SENT_STOPS = /--- SIGSTOP \{/g;

/** Why strace cannot be used here, or undefined. */
export function straceProblem() {
  const found = spawnSync('strace', ['--version'], { stdio: 'ignore' });
  if (found.error !== undefined) return 'strace is not on PATH (Debian: apt install strace).';
  const { status } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'strace may not trace here: this machine or container forbids ptrace.';
}

/**
 * Traces a running process until it ends: its main thread, in which all of doorcall runs. strace counts the calls of each
 * thread apart: with -f every worker of V8 and libuv that comes to its own n-th call would be sent the signal once more,
 * and nobody continues who is stopped a second time.
 */
export class Trace {
  #folder = makeFolder('doorcall-strace-');
  #file = path.join(this.#folder, 'trace');
  #child;
  #over;
  #isOver = false;
  #text;

  /** @param injection as strace's `-e inject=` wants it; none: only records */
  constructor(pid, injection) {
    this.pid = pid;
    const which =
      injection === undefined ? [] : ['-e', `trace=${injection.split(':')[0]}`, '-e', `inject=${injection}`];
    this.#child = spawn('strace', ['-ttt', '-o', this.#file, '-p', `${pid}`, ...which], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // While it starts it forks, to see what ptrace can do; what it has forked would wait for ever without it.
      detached: true,
    });
    endWithUs(this.#child, { group: true });
    this.#over = new Promise((resolve) => this.#child.once('close', resolve));
    this.#over.then(() => {
      this.#isOver = true;
    });
    this.attached = new Promise((resolve, reject) => {
      let said = '';
      this.#child.stderr.on('data', (chunk) => {
        said += chunk;
        if (said.includes('attached')) resolve();
      });
      this.#over.then(() => reject(new Error(`strace did not attach: ${said}`)));
    });
    this.attached.catch(() => {});
  }

  /** Lines of the trace, once the process has ended. */
  async lines() {
    await this.#over;
    this.#text ??= this.#read();
    removeFolder(this.#folder);
    return this.#text.split('\n');
  }

  /** Resolves when the process has been stopped, or has ended. */
  get stopped() {
    const look = async () => {
      while (!this.#isOver && !STOPPED.test(this.#read())) await sleep(POLL_MS);
    };
    return look();
  }

  /** How often the process was sent SIGSTOP, so far. */
  get stops() {
    return (this.#text ?? this.#read()).match(SENT_STOPS)?.length ?? 0;
  }

  /** Whether the process was stopped, once it has ended. */
  async wasStopped() {
    return (await this.lines()).some((line) => STOPPED.test(line));
  }

  /** What it did last. */
  get end() {
    return (this.#text ?? this.#read()).trimEnd().split('\n').slice(-LAST_LINES);
  }

  #read() {
    return readFileSync(this.#file, 'utf8');
  }

  /** When the signal came, on CLOCK_MONOTONIC in ns; undefined when it never did. */
  async killedNs() {
    const line = (await this.lines()).find((one) => one.includes('+++ killed by'));
    const seconds = /^(\d+)\.(\d+)/.exec(line ?? '');
    if (seconds === null) return undefined;
    const wallNs = BigInt(seconds[1]) * 1_000_000_000n + BigInt(seconds[2].padEnd(9, '0'));
    return wallNs - wallClockOffsetNs();
  }

  /** How often it made each system call. */
  async counts() {
    const counts = new Map();
    for (const line of await this.lines()) {
      const [, name] = /^[\d.]+ ([a-z]\w*)\(/.exec(line) ?? [];
      if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }
}

function wallClockOffsetNs() {
  const wall = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  return wall - process.hrtime.bigint();
}
