import { afterEach, describe, expect, test, vi } from 'vitest';
import { OrderSystem } from '../src/quickstart/system.js';
import { readBooks } from './support/audit.js';
import { get } from './support/customer.js';
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
});
