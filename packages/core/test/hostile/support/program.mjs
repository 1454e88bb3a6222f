// A process that is told what to do by lines of JSON (programs/commands.mjs, peer/main.py).
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Another build's, where guards are taken out of one: npm run test:mutants -- --hostile. */
const programs =
  process.env.DOORCALL_HOSTILE_PROGRAMS ?? fileURLToPath(new URL('../programs', import.meta.url));
const here = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

export class Program {
  #answers = new Map();
  #events = new Map();
  #nextId = 1;
  #output = '';
  #ended = false;

  /** @param prefix a command that runs the rest */
  constructor(command, args, prefix = []) {
    const [first, ...rest] = [...prefix, command, ...args];
    this.child = spawn(first, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DOORCALL_DIR: undefined,
        XDG_RUNTIME_DIR: undefined,
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    this.child.stderr.on('data', (chunk) => {
      this.#output += chunk;
    });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#heard(line));
    this.exited = new Promise((resolve) =>
      this.child.once('exit', (code, signal) => {
        this.#ended = true;
        resolve({ code, signal });
        for (const { reject } of this.#answers.values()) reject(this.#gone({ code, signal }));
      }),
    );
    this.child.stdin.on('error', () => {});
  }

  static node(file, prefix) {
    return new Program(process.execPath, [path.join(programs, file)], prefix);
  }

  static hostilePeer() {
    return new Program('python3', [here('peer/main.py')]);
  }

  get pid() {
    return this.child.pid;
  }

  get ended() {
    return this.#ended;
  }

  /** What it has written to stderr. */
  get output() {
    return this.#output;
  }

  ask(command, fields = {}) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#gone({}));
      this.#answers.set(id, { resolve, reject });
      this.child.stdin.write(`${JSON.stringify({ id, command, ...fields })}\n`);
    });
  }

  /** Calls back for each event of that name from now on. */
  on(event, listener) {
    this.#events.set(event, listener);
  }

  /** The next event of that name. */
  next(event) {
    return new Promise((resolve) => this.on(event, resolve));
  }

  async stop() {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  #gone({ code, signal }) {
    return new Error(`process ${this.pid} has ended (${code ?? signal}): ${this.#output}`);
  }

  #heard(line) {
    let heard;
    try {
      heard = JSON.parse(line);
    } catch {
      this.#output += `${line}\n`;
      return;
    }
    const { id, event, result, failure } = heard;
    if (event !== undefined) {
      this.#events.get(event)?.(heard);
      return;
    }
    const answer = this.#answers.get(id);
    this.#answers.delete(id);
    if (failure === undefined) answer?.resolve(result);
    else answer?.reject(new Error(failure));
  }
}
