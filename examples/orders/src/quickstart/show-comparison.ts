import path from 'node:path';
import { connect } from '@doorcall/core';
import { inventory } from '../contracts/inventory.gen.js';
import { connectHttp } from '../http/client.js';
import type { Transport } from '../transport.js';
import { compare, type Timing } from './comparison.js';
import { ServiceProcess } from './service-process.js';

const REQUEST = { sku: 'espresso-beans' };

/**
 * Calls one cheap method, whose handler reads a map, by doorcall and over HTTP, and prints the times. Each
 * transport has an inventory process of its own, so that neither waits beside the other.
 */
export async function showComparison(folder: string): Promise<void> {
  const directory = path.join(folder, 'comparison');
  const start = (transport: Transport) =>
    ServiceProcess.start(
      'inventory',
      [`--transport=${transport}`, '--port=0', `--database=${path.join(folder, `${transport}.db`)}`],
      { DOORCALL_DIR: directory },
    );
  const [byDoorcall, overHttp] = await Promise.all([start('doorcall'), start('http')]);
  const door = connect(inventory, { directory });
  const http = connectHttp(inventory, overHttp.address);
  try {
    const timings = await compare([
      { name: 'doorcall', call: () => door.stock(REQUEST) },
      { name: 'doorcall, .sync()', call: () => door.stock.sync(REQUEST) },
      { name: 'loopback HTTP', call: () => http.stock(REQUEST) },
    ]);
    print(timings);
  } finally {
    await Promise.all([door.close(), http.close()]);
    await Promise.all([byDoorcall.end(), overHttp.end()]);
  }
}

function print(timings: readonly Timing[]): void {
  const baseline = timings.at(-1)!;
  console.log(`
The same call, inventory.stock({ sku }), from this process to another, one after the other, in turns.
Same handler (it reads a map), same zod validation; HTTP is node:http with JSON and keep-alive.
  ${'calls'.padStart(24)}${'p50'.padStart(13)}${'p99'.padStart(13)}`);
  for (const { name, calls, p50Us, p99Us } of timings) {
    const times = `${microseconds(p50Us)}${microseconds(p99Us)}`;
    const ratio = baseline.p50Us / p50Us;
    const verdict = name === baseline.name ? '' : `   ${ratio.toFixed(ratio < 10 ? 1 : 0)} x faster (p50)`;
    console.log(`  ${name.padEnd(18)}${String(calls).padStart(6)}${times}${verdict}`);
  }
}

function microseconds(value: number): string {
  return `${value.toFixed(1)} us`.padStart(13);
}
