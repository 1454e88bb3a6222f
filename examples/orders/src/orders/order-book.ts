import type Database from 'libsql';
import type { Order, OrderRequest } from '../contracts/orders.js';
import { openDatabase } from '../database.js';

const SCHEMA = `
  create table if not exists orders (
    id text primary key,
    customer text not null,
    lines text not null,
    status text not null check (status in ('pending', 'placed', 'rejected')),
    missing_sku text,
    created_at text not null
  ) strict, without rowid;
  create index if not exists pending_orders on orders (id) where status = 'pending';
`;

interface Row {
  readonly id: string;
  readonly customer: string;
  readonly lines: string;
  readonly status: Order['status'];
  readonly missing_sku: string | null;
  readonly created_at: string;
}

/** All orders, in a SQLite file. */
export class OrderBook {
  private readonly database: Database.Database;
  private readonly statements;

  constructor(file: string) {
    this.database = openDatabase(file, SCHEMA);
    this.statements = {
      add: this.database.prepare(
        `insert into orders (id, customer, lines, status, created_at) values (?, ?, ?, 'pending', ?)
         on conflict do nothing`,
      ),
      find: this.database.prepare('select * from orders where id = ?'),
      settle: this.database.prepare(
        `update orders set status = ?, missing_sku = ? where id = ? and status = 'pending'`,
      ),
      pending: this.database.prepare(`select * from orders where status = 'pending'`),
      count: this.database.prepare('select status, count(*) as count from orders group by status'),
    };
  }

  /** Writes a new order down as pending. @returns the order of this id as it stands, new or not. */
  open({ id, customer, lines }: OrderRequest): Order {
    this.statements.add.run(id, customer, JSON.stringify(lines), new Date().toISOString());
    return this.find(id)!;
  }

  find(id: string): Order | undefined {
    const row = this.statements.find.get(id) as Row | undefined;
    return row === undefined ? undefined : orderOf(row);
  }

  /** Ends a pending order: placed, or rejected for want of `missingSku`. */
  settle(id: string, missingSku: string | undefined): Order {
    this.statements.settle.run(missingSku === undefined ? 'placed' : 'rejected', missingSku ?? null, id);
    return this.find(id)!;
  }

  pending(): Order[] {
    return (this.statements.pending.all() as Row[]).map(orderOf);
  }

  counts(): Record<Order['status'], number> {
    const counts = { pending: 0, placed: 0, rejected: 0 };
    for (const row of this.statements.count.all() as { status: Order['status']; count: number }[]) {
      counts[row.status] = row.count;
    }
    return counts;
  }

  close(): void {
    this.database.close();
  }
}

function orderOf({ id, customer, lines, status, missing_sku, created_at }: Row): Order {
  return {
    id,
    customer,
    lines: JSON.parse(lines),
    status,
    ...(missing_sku === null ? {} : { missingSku: missing_sku }),
    createdAt: created_at,
  };
}
