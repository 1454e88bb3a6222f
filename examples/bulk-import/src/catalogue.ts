import Database from 'libsql';
import type { Product } from './bulk-import.js';

const SCHEMA = `
  create table if not exists products (sku text primary key, name text not null, price integer not null);
  create table if not exists imports (file text primary key, committed integer not null);
`;

/** The products, and how far each file has got. Both change in one transaction, so that they never disagree. */
export class Catalogue {
  readonly #database: Database.Database;

  constructor(file: string) {
    this.#database = new Database(file);
    this.#database.pragma('busy_timeout = 5000');
    this.#database.pragma('journal_mode = WAL');
    this.#database.pragma('synchronous = FULL');
    this.#database.exec(SCHEMA);
  }

  committed(file: string): number {
    const row = this.#database.prepare('select committed from imports where file = ?').get(file);
    return (row as { committed: number } | undefined)?.committed ?? 0;
  }

  /** Adds the next rows of a file. @returns how many of its rows are there now */
  add(file: string, products: readonly Product[]): number {
    const committed = this.committed(file) + products.length;
    const insert = this.#database.prepare(
      'insert into products values (?, ?, ?) on conflict (sku) do update set name = excluded.name, price = excluded.price',
    );
    const advance = this.#database.prepare(
      'insert into imports values (?, ?) on conflict (file) do update set committed = excluded.committed',
    );
    this.#database.transaction(() => {
      for (const { sku, name, price } of products) insert.run(sku, name, price);
      advance.run(file, committed);
    })();
    return committed;
  }

  close(): void {
    this.#database.close();
  }
}
