import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ConnectOptions, ServeOptions } from '../../../src/index.js';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

/** Everything that `fixtures/visitor.mjs` tries, in its order. */
export const ALL = [
  'unary',
  'blocking',
  'oneway',
  'large',
  'outputStream',
  'inputStream',
  'blob',
  'descriptor',
  'callback',
  'door',
  'deadlineThatHolds',
  'deadlineThatPasses',
  'health',
];

/** What a visitor says of its visit; an alias, since interfaces are no records. */
export type Visit = {
  readonly event: 'visited' | 'refused';
  readonly worked?: readonly string[];
  readonly failed?: Readonly<Record<string, string>>;
  readonly code?: string;
  readonly message?: string;
};

/** A visit on which everything worked. */
export const EVERYTHING: Visit = { event: 'visited', worked: ALL, failed: {} };

export interface Surroundings {
  /** A command that runs the rest elsewhere, in namespaces of its own for example. */
  readonly inside?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly umask?: number;
}

type Line = { readonly event: string } & Readonly<Record<string, unknown>>;

/** A process that says what happens as lines of JSON; the test's end kills it. */
export class Neighbour {
  readonly #lines: Line[] = [];
  readonly #looks = new Set<() => void>();
  #errors = '';
  #gone = false;
  readonly exited: Promise<void>;

  constructor(private readonly child: ChildProcess) {
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line)));
      this.#look();
    });
    child.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
    child.stdin?.on('error', () => {});
    this.exited = new Promise((resolve) => child.once('close', () => resolve()));
    void this.exited.then(() => {
      this.#gone = true;
      this.#look();
    });
    onTestFinished(async () => {
      child.kill('SIGKILL');
      await this.exited;
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get stderr(): string {
    return this.#errors;
  }

  /** The next line that has not been taken yet. */
  next<Said extends Line = Line>(): Promise<Said> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const line = this.#lines.shift();
        if (line === undefined && !this.#gone) return;
        this.#looks.delete(look);
        if (line !== undefined) resolve(line as Said);
        else reject(new Error(`it ended without a word: ${this.#errors}`));
      };
      this.#looks.add(look);
      look();
    });
  }

  write(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}

function start(program: string, plan: object, { inside = [], env, ...identity }: Surroundings): Neighbour {
  const [command, ...args] = [
    ...inside,
    process.execPath,
    fixture(program),
    JSON.stringify({ ...plan, ...identity }),
  ];
  return new Neighbour(
    spawn(command as string, args, {
      env: { ...process.env, DOORCALL_DIR: undefined, XDG_RUNTIME_DIR: undefined, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    }),
  );
}

export type ServerOptions = ServeOptions & { readonly allowAll?: boolean };

/** Starts a server and waits for what becomes of it. */
export async function attemptToServe(options: ServerOptions, where: Surroundings = {}) {
  const server = start('server.mjs', { options }, where);
  return { server, said: await server.next() };
}

/** Starts a server that listens. */
export async function serve(options: ServerOptions, where: Surroundings = {}): Promise<Neighbour> {
  const { server, said } = await attemptToServe(options, where);
  if (said.event !== 'listening') throw new Error(String(said.message));
  return server;
}

/** Starts a client that calls everything, and says what worked. */
export async function visit(
  options: ConnectOptions,
  where: Surroundings = {},
  plan: { readonly blobBytes?: number } = {},
): Promise<Visit> {
  return start('visitor.mjs', { ...plan, options }, where).next<Visit & Line>();
}

/** A client that calls everything once more at each line that is written to it. */
export const visitor = (options: ConnectOptions, where: Surroundings = {}): Neighbour =>
  start('visitor.mjs', { options, again: true }, where);
