// System calls as places to be killed at: strace tells which ones a process makes, and sends it a signal at the n-th.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 2;
const STOPPED = /--- stopped by SIGSTOP ---/;

/** Why strace cannot be used here, or undefined. */
export function straceProblem() {
  const found = spawnSync('strace', ['--version'], { stdio: 'ignore' });
  if (found.error !== undefined) return 'strace is not on PATH (Debian: apt install strace).';
  const { status } = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true'], { stdio: 'ignore' });
  return status === 0 ? undefined : 'strace may not trace here: this machine or container forbids ptrace.';
}

/** Traces a running process until it ends. */
export class Trace {
  #folder = mkdtempSync(path.join(os.tmpdir(), 'doorcall-strace-'));
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
    this.#child = spawn('strace', ['-f', '-ttt', '-o', this.#file, '-p', `${pid}`, ...which], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
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
    rmSync(this.#folder, { recursive: true, force: true });
    return this.#text.split('\n');
  }

  /** Resolves when the process has been stopped, or has ended. */
  get stopped() {
    const look = async () => {
      while (!this.#isOver && !STOPPED.test(this.#read())) await sleep(POLL_MS);
    };
    return look();
  }

  /** Whether the process was stopped, once it has ended. */
  async wasStopped() {
    return (await this.lines()).some((line) => STOPPED.test(line));
  }

  #read() {
    return readFileSync(this.#file, 'utf8');
  }

  /** When the signal came, on CLOCK_MONOTONIC in ns; undefined when it never did. */
  async killedNs() {
    const line = (await this.lines()).find((one) => one.includes('+++ killed by'));
    const seconds = /^\d+\s+(\d+)\.(\d+)/.exec(line ?? '');
    if (seconds === null) return undefined;
    const wallNs = BigInt(seconds[1]) * 1_000_000_000n + BigInt(seconds[2].padEnd(9, '0'));
    return wallNs - wallClockOffsetNs();
  }

  /** How often the main thread made each system call. */
  async counts() {
    const counts = new Map();
    for (const line of await this.lines()) {
      const match = /^(\d+)\s+[\d.]+ ([a-z]\w*)\(/.exec(line);
      if (match === null || Number(match[1]) !== this.pid) continue;
      counts.set(match[2], (counts.get(match[2]) ?? 0) + 1);
    }
    return counts;
  }
}

function wallClockOffsetNs() {
  const wall = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
  return wall - process.hrtime.bigint();
}
