import { showComparison } from './show-comparison.js';
import { showOrders } from './show-orders.js';
import { OrderSystem } from './system.js';

/** A hang is a failure, too. */
const PATIENCE_MS = 60_000;

const watchdog = setTimeout(() => {
  console.error(`quickstart: not finished after ${PATIENCE_MS / 1_000} s; giving up.`);
  process.exit(1);
}, PATIENCE_MS).unref();

// The services go with this process, also when it is told to end.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

let system: OrderSystem | undefined;
try {
  system = await OrderSystem.start({ stock: { 'espresso-beans': 1_000, 'filter-papers': 500, grinder: 3 } });
  console.log('\nThree services, each a process of its own:');
  for (const { name, pid, address } of [system.gateway, system.orders, system.inventory]) {
    console.log(`  ${name.padEnd(10)} pid ${String(pid).padEnd(8)} ${address}`);
  }
  await showOrders(system);
  await showComparison(system.folder);

  const codes = await system.stop();
  if (codes.some((code) => code !== 0)) throw new Error(`the services ended with ${codes.join(', ')}`);
  console.log('\nAll services have finished what they had in flight and ended.');
} catch (error) {
  console.error(`\nquickstart: failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  clearTimeout(watchdog);
  await system?.end();
}
