import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';

export const flows = defineService('flows', {
  /** So many numbers, from 0. */
  count: { input: z.number(), output: stream(z.number()) },
  sum: { input: stream(z.number()), output: z.number() },
  double: { input: stream(z.number()), output: stream(z.number()) },
  /** Chunks of that many bytes each. */
  chunks: {
    input: z.object({ bytes: z.number(), count: z.number() }),
    output: stream(z.instanceof(Uint8Array)),
  },
  say: { input: z.string(), output: z.string() },
});

/** What the tests replace where they look closer. */
export const handlers = {
  async *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
  async *double(items: AsyncIterable<number>) {
    for await (const item of items) yield item * 2;
  },
  *chunks({ bytes, count }: { bytes: number; count: number }) {
    for (let i = 0; i < count; i += 1) yield new Uint8Array(bytes).fill(i + 1);
  },
  say: (text: string) => text,
};

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
