import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { OrderSystem } from '../src/quickstart/system.js';
import { get, order } from './support/customer.js';

const TEA = [{ sku: 'tea', quantity: 1 }];

describe.each(['doorcall', 'http'] as const)('SIGTERM, by %s', (transport) => {
  let system: OrderSystem;
  beforeEach(async () => {
    system = await OrderSystem.start({ transport, stock: { tea: 10 } });
  });
  afterEach(() => system.end());

  test.each(['orders', 'gateway'] as const)(
    'lets %s finish the order that it is working on',
    async (name) => {
      system.inventory.signal('SIGSTOP');
      const id = randomUUID();
      const answer = order(system, TEA, { id, timeoutMs: 30_000 });
      await vi.waitFor(async () => expect((await get(system, `/orders/${id}`)).body.status).toBe('pending'), {
        timeout: 30_000,
      });

      system[name].signal('SIGTERM');
      await system[name].line(/draining after SIGTERM/);
      system.inventory.signal('SIGCONT');

      expect((await answer).status).toBe(201);
      expect(await system[name].exited).toBe(0);
    },
  );

  test('ends all three services when nothing is in flight', async () => {
    expect((await order(system, TEA)).status).toBe(201);
    expect(await system.stop()).toEqual([0, 0, 0]);
    for (const service of [system.gateway, system.orders, system.inventory]) {
      expect(service.complaints).toBe('');
    }
  });
});
