import { isStandardSchema, type StandardSchema } from './standard-schema.js';

/** Key of the schema of a stream's items. */
const itemSymbol: unique symbol = Symbol.for('doorcall.stream') as never;

/** A stream of values, in the place of one value: what `stream(schema)` makes. */
export interface StreamOf<Item extends StandardSchema = StandardSchema> {
  readonly [itemSymbol]: Item;
}

/**
 * In the place of a method's `input` or `output`: not one value but a stream of them. An input stream makes a method
 * client-streaming, an output stream server-streaming, both bidi-streaming.
 *
 * @param item the schema of each item
 * @throws TypeError when it is no schema.
 * @example
 * ```ts
 * const orders = defineService('orders', {
 *   watch: { input: z.object({ customer: z.string() }), output: stream(OrderEvent) },
 *   upload: { input: stream(Chunk), output: Receipt },
 * });
 * ```
 */
export function stream<const Item extends StandardSchema>(item: Item): StreamOf<Item> {
  if (itemOf(item) !== undefined)
    throw new TypeError('a stream of streams cannot be: stream takes the schema of its items');
  if (!isStandardSchema(item)) throw new TypeError('stream takes the schema of its items');
  return Object.freeze({ [itemSymbol]: item });
}

/** The schema of the items, when it is a stream. */
export function itemOf(spec: unknown): StandardSchema | undefined {
  if (typeof spec !== 'object' || spec === null) return undefined;
  return (spec as Partial<StreamOf>)[itemSymbol];
}

/** What a stream is made of by whoever sends it: iterated once, one item at a time, as the other side reads. */
export type StreamSource<Item> = AsyncIterable<Item> | Iterable<Item>;

/**
 * A stream as its reader has it: to be iterated once, with `for await`. Leaving the loop early ends the stream on the
 * other side, too.
 */
export interface StreamReader<Item>
  extends AsyncIterableIterator<Item, undefined, undefined>,
    AsyncDisposable {
  /** @throws RpcError (it rejects) when the stream ends with an error; the items before it come first. */
  next(): Promise<IteratorResult<Item, undefined>>;
  /** Reads no more: the other side is told at once. Idempotent. */
  return(): Promise<IteratorResult<Item, undefined>>;
  /** The same, and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<Item, undefined>>;
  /** The reader itself. */
  [Symbol.asyncIterator](): StreamReader<Item>;
}
