import { createReadStream } from 'node:fs';
import { parse } from 'csv-parse';
import type { Product } from './bulk-import.js';

/** The rows of a CSV file with the columns sku, name and price (as in 12.50), behind the first so many. */
export async function* rowsOf(file: string, skip: number, read: () => void): AsyncGenerator<Product> {
  const parser = createReadStream(file).pipe(parse({ columns: true, bom: true, trim: true, from: skip + 1 }));
  for await (const { sku, name, price } of parser as AsyncIterable<Record<string, string>>) {
    read();
    // What is no number goes as it is: the server's schema judges, and says which row it was.
    yield { sku: sku ?? '', name: name ?? '', price: Math.round(Number(price) * 100) };
  }
}
