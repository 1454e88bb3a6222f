/**
 * What the guard of the hot path holds calls against: two threads of one process that spin on a word in shared memory,
 * with JSON and the same schemas. It costs what a call by doorcall costs while both ends spin: JavaScript on either side,
 * and cache lines that go from core to core. It is nobody's choice for anything, and therefore no peer of the lab.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import { findApart } from '../../placement.js';
import type { CheckedWork, ClientSurroundings, Connection, Transport } from '../../transport.js';
import { node } from './version.js';

/** Of the threads. The server has to look after its control channel now and then. */
const turnMs = 5;

const calls = { none: 0, made: 1, ended: 2 } as const;

/** Words before the text: whose turn it is, and the length of the text. Each on a cache line of its own. */
const turnAt = 0;
const lengthAt = 16;
const textAt = 128;
const memoryBytes = 256 * 1024;

type Method = 'place' | 'echo';

class Memory {
  readonly #words: Int32Array;
  readonly #text: Buffer;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared, 0, textAt / Int32Array.BYTES_PER_ELEMENT);
    this.#text = Buffer.from(shared, textAt);
  }

  is(turn: number): boolean {
    return Atomics.load(this.#words, turnAt) === turn;
  }

  give(turn: number): void {
    Atomics.store(this.#words, turnAt, turn);
  }

  write(value: unknown): void {
    const text = JSON.stringify(value);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#text.byteLength) throw new RangeError(`${bytes} bytes are more than the memory has`);
    this.#words[lengthAt] = this.#text.write(text, 0, 'utf8');
  }

  read(): unknown {
    return JSON.parse(this.#text.toString('utf8', 0, this.#words[lengthAt]!));
  }
}

interface Answer {
  value?: unknown;
  error?: string;
}

function answer(memory: Memory, checked: CheckedWork): Answer {
  const { method, input } = memory.read() as { method: Method; input: unknown };
  try {
    return { value: checked[method](input) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

function answerIfAsked(memory: Memory, checked: CheckedWork): void {
  if (!memory.is(calls.made)) return;
  memory.write(answer(memory, checked));
  memory.give(calls.none);
}

function ask(memory: Memory, method: Method, input: unknown): void {
  memory.write({ method, input });
  memory.give(calls.made);
}

function read(memory: Memory): unknown {
  const { value, error } = memory.read() as Answer;
  if (error !== undefined) throw new Error(error);
  return value;
}

/** How both ends spin. */
type Spinning =
  /** In a loop of their own, as blocking calls do. */
  | 'blocking'
  /** By one look in every turn of their event loops, as asynchronous calls do. */
  | 'turning';

/** Answers until the client has ended. */
async function serveCalls(spinning: Spinning, memory: Memory, checked: CheckedWork): Promise<void> {
  while (!memory.is(calls.ended)) {
    if (spinning === 'turning') answerIfAsked(memory, checked);
    else {
      const end = performance.now() + turnMs;
      do {
        for (let looks = 0; looks < 256; looks++) answerIfAsked(memory, checked);
      } while (performance.now() < end);
    }
    await nextTurn();
  }
}

const cannot = {
  bytes: 'it carries JSON',
  'idle-connections': 'a connection is a thread of its own',
  'fan-in': 'the server is a thread of its only client',
  chain: 'the server is a thread of its only client',
  concurrent: 'there is room for one call',
} as const;

const noBytes = () => {
  throw new Error(cannot.bytes);
};

interface ServerThread {
  readonly shared: SharedArrayBuffer;
  readonly cpu: number;
}

/** Two threads that spin on one CPU would wait for the scheduler, and it leaves them there for long. */
function stayOn(cpu: number): void {
  const thread = readlinkSync('/proc/thread-self').split('/').at(-1)!;
  execFileSync('taskset', ['-p', '-c', `${cpu}`, thread], { stdio: 'ignore' });
}

async function startThread({ startServerThread }: ClientSurroundings) {
  const seats = findApart();
  const shared = new SharedArrayBuffer(memoryBytes);
  const memory = new Memory(shared);
  const workerData: ServerThread = { shared, cpu: seats.server };
  const worker = startServerThread({ workerData });
  await once(worker, 'online');
  stayOn(seats.client);
  const close = async () => {
    memory.give(calls.ended);
    await worker.terminate();
  };
  return { memory, close };
}

async function connectBlocking(surroundings: ClientSurroundings): Promise<Connection> {
  const { memory, close } = await startThread(surroundings);
  const { checked } = surroundings;
  const call = (method: Method, input: unknown) => {
    ask(memory, method, input);
    while (!memory.is(calls.none));
    return read(memory);
  };
  return {
    mode: 'sync',
    place: (order) => checked.receipt(call('place', order)),
    echo: (document) => checked.document(call('echo', document)),
    bytes: noBytes,
    close,
  };
}

async function connectTurning(surroundings: ClientSurroundings): Promise<Connection> {
  const { memory, close } = await startThread(surroundings);
  const { checked } = surroundings;
  const call = async (method: Method, input: unknown) => {
    ask(memory, method, input);
    do await nextTurn();
    while (!memory.is(calls.none));
    return read(memory);
  };
  return {
    mode: 'async',
    place: async (order) => checked.receipt(await call('place', order)),
    echo: async (document) => checked.document(await call('echo', document)),
    bytes: noBytes,
    close,
  };
}

export function spinningThreads(spinning: Spinning): Transport {
  return {
    kind: 'peer',
    summary: `two threads of one process that spin on shared memory (${spinning}), JSON`,
    version: node,
    doesLess: 'two threads of one process, which never sleep',
    serverStartedBy: 'client',
    cannot,
    async startServer({ checked }) {
      const { shared, cpu } = workerData as ServerThread;
      stayOn(cpu);
      // Until the thread ends, with its process.
      void serveCalls(spinning, new Memory(shared), checked);
      return { address: '', async close() {} };
    },
    connect: (_address, surroundings) =>
      spinning === 'blocking' ? connectBlocking(surroundings) : connectTurning(surroundings),
  };
}
