import { z } from 'zod';
import { defineService } from '../../src/contract/define-service.js';
import { stream } from '../../src/contract/stream.js';
import { RpcError } from '../../src/errors/rpc-error.js';
import { gate, turn } from './waiting.js';

export const edges = defineService('edges', {
  sum: { input: stream(z.number()), output: z.number() },
  count: { input: z.number(), output: stream(z.number()) },
  double: { input: stream(z.number()), output: stream(z.number()) },
  say: { input: z.string(), output: z.string() },
});

export const handlers = {
  async sum(items: AsyncIterable<number>) {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  },
  *count(to: number) {
    for (let i = 0; i < to; i += 1) yield i;
  },
  async *double(items: AsyncIterable<number>) {
    for await (const item of items) yield item * 2;
  },
  say: (text: string) => text,
};

export const SMALL = { ringBytes: 4_096, maxQueuedMessages: 1_000 };

/** Gives what it is told to, and says whether it was closed. */
export class Source implements AsyncIterable<number> {
  readonly closed = gate();
  asked = 0;
  constructor(private readonly give: (index: number) => unknown) {}

  [Symbol.asyncIterator]() {
    return {
      next: () => this.give(this.asked++) as Promise<IteratorResult<number>>,
      return: async () => {
        this.closed.open();
        return { done: true as const, value: undefined };
      },
    };
  }
}

export const item = (value: number) => Promise.resolve({ done: false, value });
export const never = () => new Promise(() => {});

/** Results up to the end or the error, which is the last. */
export async function collect(reader: AsyncIterator<unknown>): Promise<unknown[]> {
  const results: unknown[] = [];
  for (;;) {
    const result = await reader.next().catch(RpcError.from);
    if (result instanceof RpcError) return [...results, result];
    if (result.done === true) return results;
    results.push(result);
  }
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await turn();
}
