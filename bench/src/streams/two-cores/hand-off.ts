/** Two threads that hand one memory to and fro. */
import { fillWords, sumWords } from '../bytes.js';

/** Whose turn it is: a word that both spin on. */
const turns = { writer: 0, reader: 1, nobody: 2 } as const;

export interface Shared {
  words: SharedArrayBuffer;
  turn: SharedArrayBuffer;
  sum: SharedArrayBuffer;
}

export function sharedMemory(bytes: number): Shared {
  return {
    words: new SharedArrayBuffer(bytes),
    turn: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    sum: new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT),
  };
}

/** Before both threads begin. */
export function reset({ turn }: Shared): void {
  Atomics.store(new Int32Array(turn), 0, turns.writer);
}

/** The thread that writes, and learns what the other one has found. */
export class Writer {
  readonly words: Float64Array;
  readonly #turn: Int32Array;
  readonly #sum: Float64Array;

  constructor(shared: Shared) {
    this.words = new Float64Array(shared.words);
    this.#turn = new Int32Array(shared.turn);
    this.#sum = new Float64Array(shared.sum);
  }

  /** @returns the sum that the reader has found */
  hand(turn: number): number {
    fillWords(this.words, turn);
    Atomics.store(this.#turn, 0, turns.reader);
    while (Atomics.load(this.#turn, 0) !== turns.writer);
    return this.#sum[0]!;
  }

  /** Lets the reader go. */
  end(): void {
    Atomics.store(this.#turn, 0, turns.nobody);
  }
}

/** Reads what comes until the writer has ended. */
export function read(shared: Shared): void {
  const words = new Float64Array(shared.words);
  const turn = new Int32Array(shared.turn);
  const sum = new Float64Array(shared.sum);
  for (;;) {
    const now = Atomics.load(turn, 0);
    if (now === turns.nobody) return;
    if (now !== turns.reader) continue;
    sum[0] = sumWords(words);
    Atomics.store(turn, 0, turns.writer);
  }
}
