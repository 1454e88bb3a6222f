import type Database from 'libsql';
import type { Line } from '../contracts/line.js';
import { openDatabase } from '../database.js';

const SCHEMA = `
  create table if not exists stock (
    sku text primary key,
    available integer not null check (available >= 0)
  ) strict, without rowid;
  create table if not exists decisions (
    order_id text primary key,
    missing_sku text
  ) strict, without rowid;
  create table if not exists reservations (
    order_id text not null references decisions,
    sku text not null references stock,
    quantity integer not null check (quantity > 0),
    primary key (order_id, sku)
  ) strict, without rowid;
`;

/** What was decided for an order: reserved, or refused for want of `missingSku`. */
export interface Decision {
  readonly missingSku: string | undefined;
}

/** The stock, in a SQLite file that this process has to itself, and therefore also in memory. */
export class Stock {
  private readonly database: Database.Database;
  private readonly levels = new Map<string, number>();
  private readonly statements;

  /** @param initial quantities of skus that the file does not know yet. */
  constructor(file: string, initial: ReadonlyMap<string, number>) {
    this.database = openDatabase(file, `pragma locking_mode = exclusive; ${SCHEMA}`);
    this.statements = {
      add: this.database.prepare('insert into stock (sku, available) values (?, ?) on conflict do nothing'),
      all: this.database.prepare('select sku, available from stock'),
      take: this.database.prepare('update stock set available = available - ? where sku = ?'),
      decision: this.database.prepare('select missing_sku from decisions where order_id = ?'),
      decide: this.database.prepare('insert into decisions (order_id, missing_sku) values (?, ?)'),
      reserve: this.database.prepare('insert into reservations (order_id, sku, quantity) values (?, ?, ?)'),
    };
    for (const [sku, available] of initial) this.statements.add.run(sku, available);
    for (const row of this.statements.all.all() as { sku: string; available: number }[]) {
      this.levels.set(row.sku, row.available);
    }
  }

  /** How much is left; 0 of what was never stocked. */
  available(sku: string): number {
    return this.levels.get(sku) ?? 0;
  }

  /** Takes all lines or none, once for each order id. */
  reserve(orderId: string, lines: readonly Line[]): Decision {
    const earlier = this.statements.decision.get(orderId) as { missing_sku: string | null } | undefined;
    if (earlier !== undefined) return { missingSku: earlier.missing_sku ?? undefined };

    const wanted = new Map<string, number>();
    for (const { sku, quantity } of lines) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
    const missingSku = [...wanted.keys()].find((sku) => wanted.get(sku)! > this.available(sku));

    this.database.transaction(() => {
      this.statements.decide.run(orderId, missingSku ?? null);
      if (missingSku !== undefined) return;
      for (const [sku, quantity] of wanted) {
        this.statements.take.run(quantity, sku);
        this.statements.reserve.run(orderId, sku, quantity);
      }
    })();
    // Only now is it true.
    if (missingSku === undefined) {
      for (const [sku, quantity] of wanted) this.levels.set(sku, this.available(sku) - quantity);
    }
    return { missingSku };
  }

  close(): void {
    this.database.close();
  }
}
