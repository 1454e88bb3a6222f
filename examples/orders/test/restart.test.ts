import { randomUUID } from 'node:crypto';
import { connect } from '@doorcall/core';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { inventory } from '../src/contracts/inventory.gen.js';
import { OrderSystem } from '../src/quickstart/system.js';
import { readBooks } from './support/audit.js';
import { get, order } from './support/customer.js';
import { Load } from './support/load.js';

const STOCK = 1_000_000;
const KILLS = 4;
const ORDERS_BETWEEN = 20;

describe.each(['doorcall', 'http'] as const)('kills under load, by %s', (transport) => {
  let system: OrderSystem | undefined;
  afterEach(() => system?.end());

  test.each([{ names: ['inventory'] }, { names: ['inventory', 'orders'] }] as const)(
    'of $names lose no accepted order and double none',
    async ({ names }) => {
      const running = await OrderSystem.start({ transport, stock: { tea: STOCK } });
      system = running;
      const load = new Load(running, 8);
      for (let kill = 0; kill < KILLS; kill++) {
        await load.moreAccepted(ORDERS_BETWEEN);
        const victim = names[kill % names.length]!;
        expect(await running[victim].end('SIGKILL')).toBe('SIGKILL');
        await running.start(victim);
      }
      await load.moreAccepted(ORDERS_BETWEEN);
      const accepted = await load.finish();

      // Orders whose customers were not told the outcome get theirs as well.
      await vi.waitFor(
        async () => expect((await get(running, '/health')).body).toMatchObject({ orders: { pending: 0 } }),
        { timeout: 30_000 },
      );
      expect(await running.stop()).toEqual([0, 0, 0]);

      const { statuses, reserved, available } = readBooks(running);
      expect(accepted.length).toBeGreaterThanOrEqual((KILLS + 1) * ORDERS_BETWEEN);
      expect(accepted.filter((id) => statuses.get(id) !== 'placed')).toEqual([]);
      expect([...reserved.keys()].sort()).toEqual([...statuses.keys()].sort());
      expect([...reserved.values()].filter((quantity) => quantity !== Load.QUANTITY)).toEqual([]);
      expect(available.get('tea')).toBe(STOCK - reserved.size * Load.QUANTITY);
    },
  );

  test('leave an order pending whose outcome is open, and the next start settles it', async () => {
    system = await OrderSystem.start({ transport, stock: { tea: 1 } });
    const id = randomUUID();
    system.inventory.signal('SIGSTOP');
    // On a busy machine the time may be over before the order is written down.
    let timeoutMs = 300;
    do {
      expect((await order(system, [{ sku: 'tea', quantity: 1 }], { id, timeoutMs })).status).toBe(504);
      timeoutMs *= 2;
    } while ((await get(system, `/orders/${id}`)).status !== 200);
    await system.orders.end('SIGKILL');
    system.inventory.signal('SIGCONT');

    const { gateway } = system;
    await system.start('orders');
    await vi.waitFor(
      async () => expect((await get({ gateway }, `/orders/${id}`)).body).toMatchObject({ status: 'placed' }),
      { timeout: 30_000 },
    );
  });
});

test('an inventory that was killed remembers what it has decided', async () => {
  const system = await OrderSystem.start({ stock: { tea: 3 } });
  const client = connect(inventory, { directory: system.environment.DOORCALL_DIR });
  onTestFinished(async () => {
    await client.close();
    await system.end();
  });
  const request = { orderId: randomUUID(), lines: [{ sku: 'tea', quantity: 2 }] };
  await client.reserve(request);
  await system.inventory.end('SIGKILL');
  await system.start('inventory');
  await client.reserve(request);
  expect(await client.stock({ sku: 'tea' })).toEqual({ sku: 'tea', available: 1 });
});
