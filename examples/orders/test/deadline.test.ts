import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { OrderSystem } from '../src/quickstart/system.js';
import { readBooks } from './support/audit.js';
import { order } from './support/customer.js';

const TEA = [{ sku: 'tea', quantity: 1 }];

describe.each(['doorcall', 'http'] as const)('a deadline, by %s', (transport) => {
  let system: OrderSystem;
  beforeEach(async () => {
    system = await OrderSystem.start({ transport, stock: { tea: 10 } });
  });
  afterEach(() => system.end());

  test('is handed on: each service has what the one before has left', async () => {
    // The default of both transports is longer, so a limit below it can only have come from the front.
    expect((await order(system, TEA, { timeoutMs: 20_000 })).status).toBe(201);
    const left = async (service: 'orders' | 'inventory', method: string) =>
      Number(/(\d+) ms left/.exec(await system[service].line(new RegExp(`^${service}.${method} `)))?.[1]);
    const atOrders = await left('orders', 'place');
    const atInventory = await left('inventory', 'reserve');
    expect(atOrders).toBeLessThanOrEqual(20_000);
    expect(atInventory).toBeLessThanOrEqual(atOrders);
    expect(atInventory).toBeGreaterThan(0);
  });

  test('that passes while the inventory is stopped is answered with 504; asked again, it is one order', async () => {
    const id = randomUUID();
    system.inventory.signal('SIGSTOP');
    expect(await order(system, TEA, { id, timeoutMs: 300 })).toMatchObject({
      status: 504,
      body: { error: 'DEADLINE_EXCEEDED', orderId: id },
    });
    system.inventory.signal('SIGCONT');
    expect((await order(system, TEA, { id })).status).toBe(201);

    expect(await system.stop()).toEqual([0, 0, 0]);
    const books = readBooks(system);
    expect([...books.reserved]).toEqual([[id, 1]]);
    expect(books.available.get('tea')).toBe(9);
  });
});
