import type { StreamReader } from '../contract/stream.js';
import { RpcError } from '../errors/rpc-error.js';
import { type Inspector, inspectSymbol, shownAs } from '../observe/inspect.js';

type Result = IteratorResult<unknown, undefined>;

const DONE: Result = Object.freeze({ done: true, value: undefined });

/** The reader of a stream that is still being opened. */
export class LaterReader implements StreamReader<unknown> {
  readonly #reader: Promise<StreamReader<unknown>>;
  #opened: StreamReader<unknown> | undefined;
  /** That it could not be opened was told, or is of no interest any more. */
  #told = false;
  #leave = (): void => {};
  /** The reader has left before there was anything to read. */
  readonly #left = new Promise<undefined>((resolve) => {
    this.#leave = () => resolve(undefined);
  });

  constructor(reader: Promise<StreamReader<unknown>>) {
    this.#reader = reader;
    // It is told to whoever reads.
    reader.catch(() => {});
  }

  async next(): Promise<Result> {
    if (this.#opened !== undefined) return this.#opened.next();
    let reader: StreamReader<unknown> | undefined;
    try {
      reader = await Promise.race([this.#left, this.#reader]);
    } catch (error) {
      if (this.#told) return DONE;
      this.#told = true;
      throw error;
    }
    this.#opened = reader;
    return reader === undefined ? DONE : reader.next();
  }

  async return(): Promise<Result> {
    this.#told = true;
    this.#leave();
    void this.#reader.then(
      (reader) => reader.return(),
      () => {},
    );
    return DONE;
  }

  async throw(error?: unknown): Promise<Result> {
    await this.return();
    throw error ?? new RpcError('CANCELLED', 'the reader of a stream has left');
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [inspectSymbol](...shown: Parameters<Inspector>): string {
    const [, options, inspect] = shown;
    if (this.#opened !== undefined) return inspect(this.#opened, options);
    return shownAs('DoorcallStream', () => ({ unread: 0, ended: this.#told }))(...shown);
  }
}
