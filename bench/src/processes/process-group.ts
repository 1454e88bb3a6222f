/**
 * Processes that measure one thing together: started fresh, reached through the control channel, gone when it is over
 * whatever happened, including the death of the runner.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Commands, controlVariable, onMessages, roleVariable } from './control-messages.js';
import { ControlledProcess } from './controlled-process.js';

/** How long a process may take to end by itself before it is killed. */
const graceMs = 1_000;

const keptOutputCharacters = 4_096;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface StartOptions {
  /** The name by which {@link ProcessGroup.reach} finds it. */
  role: string;
  env?: Record<string, string>;
  execArgv?: readonly string[];
  /** A command that becomes the process, with its arguments: node and the program follow. */
  prefix?: readonly string[];
}

export class ProcessGroup implements AsyncDisposable {
  /** A private folder for sockets, removed with the group. */
  readonly directory: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #children = new Map<string, ChildProcess>();
  readonly #reached = new Map<string, ControlledProcess<Commands>>();
  readonly #awaited = new Map<string, Awaited>();
  readonly #cleanUp: () => void;
  #failure: Error | undefined;

  private constructor(directory: string, server: Server, signal: AbortSignal) {
    this.directory = directory;
    this.#server = server;
    const onAbort = () => this.#failAll(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.#cleanUp = () => signal.removeEventListener('abort', onAbort);
  }

  /** @param signal ends the group's work early: whatever is being waited for fails with its reason */
  static async open(signal: AbortSignal): Promise<ProcessGroup> {
    signal.throwIfAborted();
    const directory = mkdtempSync(join(tmpdir(), 'doorcall-bench-'));
    const server = createServer();
    const group = new ProcessGroup(directory, server, signal);
    server.on('connection', (socket) => group.#welcome(socket));
    server.listen(group.#controlPath);
    await once(server, 'listening');
    return group;
  }

  get #controlPath(): string {
    return join(this.directory, 'control.sock');
  }

  /** Starts a program of the bench. */
  start(program: URL, { role, env, execArgv = [], prefix = [] }: StartOptions): void {
    const [command, ...rest] = [...prefix, process.execPath, ...execArgv, fileURLToPath(program)];
    const child = spawn(command as string, rest, {
      env: {
        ...process.env,
        ...env,
        [controlVariable]: this.#controlPath,
        [roleVariable]: role,
        DOORCALL_DIR: this.directory,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let lastWords = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        lastWords = (lastWords + chunk).slice(-keptOutputCharacters);
      });
    }
    running.add(child);
    this.#children.set(role, child);
    child.on('error', (error) => this.#failAll(error));
    // `close` comes after the last output, `exit` may come before it.
    child.on('close', (code, signal) => {
      running.delete(child);
      this.#failAll(new Error(`${role} ended (${signal ?? `exit code ${code}`})${quote(lastWords)}`));
    });
  }

  /** Waits until the process of this role reports, whoever started it. */
  reach<C extends Commands>(role: string): Promise<ControlledProcess<C>> {
    return new Promise((resolve, reject) => {
      // The role decides which commands a process knows; the map cannot say so.
      const found = (process: ControlledProcess<Commands>) =>
        resolve(process as unknown as ControlledProcess<C>);
      const reached = this.#reached.get(role);
      if (this.#failure) reject(this.#failure);
      else if (reached) found(reached);
      else this.#awaited.set(role, { resolve: found, reject });
    });
  }

  /** What ended the group, if something does within that time: whoever notices a death first may know less of it. */
  async failureWithin(ms: number): Promise<Error | undefined> {
    for (const end = performance.now() + ms; !this.#failure && performance.now() < end; ) await sleep(10);
    return this.#failure;
  }

  #welcome(socket: Socket): void {
    this.#sockets.add(socket);
    let process: ControlledProcess<Commands> | undefined;
    onMessages(socket, (message) => {
      if (message.kind !== 'hello') {
        process?.accept(message);
        return;
      }
      process = new ControlledProcess(message.role, socket);
      this.#reached.set(message.role, process);
      this.#awaited.get(message.role)?.resolve(process);
      this.#awaited.delete(message.role);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#sockets.delete(socket);
      // A child's own end says more (exit code, stderr) and follows at once; a grandchild's is not seen.
      if (process && !this.#children.has(process.role)) this.#failAll(new Error(`${process.role} ended`));
    });
  }

  /** One of them gone, the others wait for it in vain: the group fails as a whole. */
  #failAll(reason: Error): void {
    this.#failure ??= reason;
    for (const process of this.#reached.values()) process.end(reason);
    for (const { reject } of this.#awaited.values()) reject(reason);
    this.#awaited.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#cleanUp();
    this.#failAll(new Error('the measurement is over'));
    this.#server.close();
    // Every process of the bench ends when its control channel closes.
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#children.values()].map(ended));
    rmSync(this.directory, { recursive: true, force: true });
  }
}

interface Awaited {
  resolve(process: ControlledProcess<Commands>): void;
  reject(error: Error): void;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const patience = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await once(child, 'exit');
  clearTimeout(patience);
}

function quote(lastWords: string): string {
  return lastWords.trim() === '' ? '' : `:\n${lastWords.trim()}`;
}
