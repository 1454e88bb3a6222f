import type { OrderSystem } from './system.js';

/** Orders that a customer places through the HTTP front, and what they should come to. */
const SCENES = [
  {
    title: 'A customer orders coffee.',
    order: {
      customer: 'Ada',
      lines: [
        { sku: 'espresso-beans', quantity: 2 },
        { sku: 'filter-papers', quantity: 1 },
      ],
    },
    status: 201,
    calls: ['orders', 'inventory'],
  },
  {
    title: 'There are only three grinders: a declared error comes back through all three processes.',
    order: { customer: 'Grace', lines: [{ sku: 'grinder', quantity: 4 }] },
    status: 409,
    calls: ['orders', 'inventory'],
  },
  {
    title: 'A bad quantity is refused where the contract is served, before any handler runs.',
    order: { customer: 'Edsger', lines: [{ sku: 'grinder', quantity: 0 }] },
    status: 400,
    calls: [],
  },
] as const;

/** Places the orders and prints who called whom. @throws Error when the outcome is another than it should be. */
export async function showOrders(system: OrderSystem): Promise<void> {
  for (const { title, order, status, calls } of SCENES) {
    const body = JSON.stringify(order);
    console.log(`\n${title}\n  POST ${system.gateway.address}/orders\n       ${body}`);
    const seen = new Map(calls.map((name) => [name, system[name].lines.length]));
    const response = await fetch(`${system.gateway.address}/orders`, { method: 'POST', body });
    const answer = await response.text();
    for (const name of calls) {
      const line = await system[name].line(new RegExp(`^${name}\\.`), seen.get(name));
      console.log(`  -> ${withNames(line, system)}`);
    }
    console.log(`  ${response.status} ${answer}`);
    if (response.status !== status) throw new Error(`the front answered ${response.status}, not ${status}`);
  }
}

/** Puts names in place of process ids. */
function withNames(line: string, { gateway, orders }: OrderSystem): string {
  return [gateway, orders].reduce((text, { name, pid }) => text.replace(`pid ${pid},`, `${name},`), line);
}
