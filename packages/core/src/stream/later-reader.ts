import type { StreamReader } from '../contract/stream.js';

type Result = IteratorResult<unknown, undefined>;

/** The reader of a stream that is still being opened. */
export class LaterReader implements StreamReader<unknown> {
  readonly #reader: Promise<StreamReader<unknown>>;

  constructor(reader: Promise<StreamReader<unknown>>) {
    this.#reader = reader;
    // It is told to whoever reads.
    reader.catch(() => {});
  }

  async next(): Promise<Result> {
    return (await this.#reader).next();
  }

  async return(): Promise<Result> {
    return (await this.#reader).return();
  }

  async throw(error?: unknown): Promise<Result> {
    return (await this.#reader).throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }
}
