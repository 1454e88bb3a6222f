/** What a client is asked to do, and how its answers are checked. */
import {
  areSameBytes,
  bytesOf,
  type Document,
  documentOf,
  isEchoOf,
  isReceiptFor,
  type Order,
  type Receipt,
  sampleOrders,
} from '../payload.js';
import type { AsyncConnection, SyncConnection } from '../transport.js';

/** What the calls carry. */
export type Content =
  /** An order of about 100 bytes in, a receipt out. */
  | { readonly series: 'order' }
  /** An object with this many bytes of JSON, there and back, checked by a schema on both ends. */
  | { readonly series: 'typed'; readonly payloadBytes: number }
  /** A `Uint8Array` there and back. */
  | { readonly series: 'bytes'; readonly payloadBytes: number };

export interface Load {
  readonly content: Content;
  /** Calls in flight at any moment. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** The window is longer when fewer calls than this fit into it … */
  readonly minCalls: number;
  /** … but no longer than this; default: as long as it takes. */
  readonly maxMs?: number;
}

/** Calls with prepared values: what is made for a call is not on its bill. */
export interface Exchange<Result> {
  /** Makes the `i`-th call; the values repeat. */
  send(i: number): Result;
  /** Whether this is the answer of the `i`-th call. */
  isAnswer(i: number, answer: unknown): boolean;
}

export function asyncExchange(connection: AsyncConnection, content: Content): Exchange<Promise<unknown>> {
  return exchange<Promise<unknown>>(content, connection);
}

export function syncExchange(connection: SyncConnection, content: Content): Exchange<unknown> {
  return exchange<unknown>(content, connection);
}

interface Methods<Result> {
  place(order: Order): Result;
  echo(document: Document): Result;
  bytes(bytes: Uint8Array): Result;
}

/** A power of two; no layer may profit from seeing the same bytes again. */
const variants = 16;

function exchange<Result>(content: Content, { place, echo, bytes }: Methods<Result>): Exchange<Result> {
  switch (content.series) {
    case 'order':
      return {
        send: (i) => place(sampleOrders[i % variants]!),
        isAnswer: (i, receipt) => isReceiptFor(sampleOrders[i % variants]!, receipt as Receipt),
      };
    case 'typed': {
      const documents = prepared(content, documentOf);
      return {
        send: (i) => echo(documents[i % documents.length]!),
        isAnswer: (i, document) => isEchoOf(documents[i % documents.length]!, document as Document),
      };
    }
    case 'bytes': {
      const all = prepared(content, bytesOf);
      return {
        send: (i) => bytes(all[i % all.length]!),
        isAnswer: (i, answer) => areSameBytes(all[i % all.length]!, answer as Uint8Array),
      };
    }
  }
}

const preparedValues = new Map<string, readonly unknown[]>();

/** Made once in a process: large ones take longer than a window. */
function prepared<Value>(
  content: { readonly series: string; readonly payloadBytes: number },
  make: (bytes: number, variant: number) => Value,
): readonly Value[] {
  const key = `${content.series} ${content.payloadBytes}`;
  const known = preparedValues.get(key) as readonly Value[] | undefined;
  if (known !== undefined) return known;
  const values = Array.from({ length: variantsOf(content) }, (_, i) => make(content.payloadBytes, i));
  preparedValues.set(key, values);
  return values;
}

/** Large values are few, so that they are not a test of the machine's memory. */
function variantsOf({ payloadBytes }: { payloadBytes: number }): number {
  return payloadBytes > 65_536 ? 4 : variants;
}
