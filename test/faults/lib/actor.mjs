// A process of the test's, told what to do over IPC.
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { endWithUs } from './leftovers.mjs';

/** The descriptor that failpoints tell on: behind stdin, stdout, stderr and IPC. */
const TELL_FD = 4;

/** CLOCK_MONOTONIC in ns. */
export const now = () => process.hrtime.bigint();

export class Actor {
  /** Passages told by failpoints: { name, passage, ns }. */
  told = [];
  /** What it wrote to stderr. */
  complaints = '';
  /** Resolves with { code, signal, ns } at its end. */
  exited;
  gone = false;
  #answers = new Map();
  #nextId = 1;
  #onTold = new Set();

  /** @param program of bundleProgram(); debug: whether it loads the build with failpoints; lie: see lie.mjs */
  constructor({ program, debug, lie = '' }) {
    const env = { ...process.env, DOORCALL_FAILPOINT_FD: `${TELL_FD}`, DOORCALL_FAULTS_LIE: lie };
    for (const name of ['DOORCALL_DIR', 'XDG_RUNTIME_DIR', 'DOORCALL_FAILPOINT', 'NODE_OPTIONS'])
      delete env[name];
    env.DOORCALL_DEBUG_BUILD = debug ? '1' : '0';
    this.child = fork(program.loader, [program.bundle], {
      execArgv: [],
      env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    });
    endWithUs(this.child);
    this.ready = new Promise((resolve) => this.child.once('message', resolve));
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        this.gone = true;
        resolve({ code, signal, ns: now() });
        for (const { reject } of this.#answers.values())
          reject(new Error(`the process ended\n${this.complaints}`));
      }),
    );
    this.child.stderr.on('data', (chunk) => {
      this.complaints += chunk;
    });
    this.child.on('error', () => {});
    this.child.on('message', (message) => this.#heard(message));
    this.#listenToFailpoints();
  }

  get pid() {
    return this.child.pid;
  }

  tell(command, fields = {}) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, { resolve, reject });
      this.child.send({ id, command, ...fields }, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Resolves with the next thing that a failpoint tells. */
  nextTold() {
    return new Promise((resolve) => {
      const listener = (line) => {
        this.#onTold.delete(listener);
        resolve(line);
      };
      this.#onTold.add(listener);
    });
  }

  kill(signal = 'SIGKILL') {
    if (!this.gone) this.child.kill(signal);
  }

  async killed() {
    this.kill();
    return this.exited;
  }

  get stopped() {
    try {
      return readFileSync(`/proc/${this.pid}/stat`, 'utf8').split(') ')[1]?.[0] === 'T';
    } catch {
      return false;
    }
  }

  #heard({ id, result, failure }) {
    const answer = this.#answers.get(id);
    if (answer === undefined) return;
    this.#answers.delete(id);
    if (failure === undefined) answer.resolve(result);
    else answer.reject(new Error(failure));
  }

  #listenToFailpoints() {
    let rest = '';
    this.child.stdio[TELL_FD].on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const [name, passage, ns] = line.split(' ');
        const one = { name, passage: Number(passage), ns: BigInt(ns) };
        this.told.push(one);
        for (const listener of this.#onTold) listener(one);
      }
    });
  }
}

/** Starts actors ahead of time: `take()` gives one that is ready. */
export class Nursery {
  #waiting = [];

  constructor(options, ahead = 1) {
    this.options = options;
    for (let i = 0; i < ahead; i++) this.#waiting.push(new Actor(options));
  }

  async take() {
    const actor = this.#waiting.shift();
    this.#waiting.push(new Actor(this.options));
    await Promise.race([actor.ready, actor.exited]);
    if (actor.gone) throw new Error(`a process ended before it was ready: ${actor.complaints}`);
    return actor;
  }

  async close() {
    await Promise.all(this.#waiting.map((actor) => actor.killed()));
  }
}
