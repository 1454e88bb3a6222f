import Database from 'libsql';
import type { OrderSystem } from '../../src/quickstart/system.js';

/** What the two database files say, to be read when the services have ended. */
export interface Books {
  readonly statuses: ReadonlyMap<string, string>;
  /** By order id: what is set aside for it, over all skus. */
  readonly reserved: ReadonlyMap<string, number>;
  readonly available: ReadonlyMap<string, number>;
}

export function readBooks({ databases }: OrderSystem): Books {
  return {
    statuses: pairs(databases.orders, 'select id, status from orders'),
    reserved: pairs(
      databases.inventory,
      'select order_id, sum(quantity) from reservations group by order_id',
    ),
    available: pairs(databases.inventory, 'select sku, available from stock'),
  };
}

function pairs<Value>(file: string, query: string): ReadonlyMap<string, Value> {
  const database = new Database(file);
  try {
    return new Map(database.prepare(query).raw().all() as [string, Value][]);
  } finally {
    database.close();
  }
}
