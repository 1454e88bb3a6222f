import { setTimeout as sleep } from 'node:timers/promises';
import { type Handlers, RpcError } from '@doorcall/core';
import type { importer } from './bulk-import.gen.js';
import { FILE_KEY, type Product } from './bulk-import.js';
import type { Catalogue } from './catalogue.js';

export interface LoadOptions {
  readonly batchRows: number;
  /** Slows every commit down, to see what that does to the other side. */
  readonly commitMs: number;
}

export function makeHandlers(catalogue: Catalogue, options: LoadOptions): Handlers<typeof importer> {
  /** Two streams of one file would take each other's rows for their own. */
  const loading = new Set<string>();
  return {
    committed: ({ file }) => ({ committed: catalogue.committed(file) }),

    async *load(products, ctx) {
      const file = ctx.metadata[FILE_KEY];
      if (file === undefined)
        throw new RpcError('INVALID_ARGUMENT', `metadata ${FILE_KEY} says which file it is`);
      if (loading.has(file)) throw new RpcError('ABORTED', `${file} is being loaded already`);
      loading.add(file);
      try {
        for await (const batch of inBatches(products, options.batchRows)) {
          if (options.commitMs > 0) await sleep(options.commitMs, undefined, { signal: ctx.signal });
          yield { committed: catalogue.add(file, batch) };
        }
      } finally {
        loading.delete(file);
      }
    },
  };
}

/** What is left of a stream that breaks off is not given: only whole streams have a smaller batch at their end. */
async function* inBatches(products: AsyncIterable<Product>, rows: number): AsyncGenerator<Product[]> {
  let batch: Product[] = [];
  for await (const product of products) {
    batch.push(product);
    if (batch.length < rows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
