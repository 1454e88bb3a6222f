/** The order service in doorcall with generated code; the contract is that of `doorcall-orders.ts`. */
import { compileService } from '@doorcall/codegen/compile';
import { serve } from '@doorcall/core';
import { placeOrder } from '../../payload.js';
import type { RunningServer, ServerSurroundings } from '../../transport.js';
import { orders as contract } from './doorcall-orders.js';

export const orders = compileService(contract);

export async function startGeneratedServer({ directory }: ServerSurroundings): Promise<RunningServer> {
  const server = await serve(orders, { place: (order) => placeOrder(order) }, { directory });
  return { address: directory, close: () => server.close() };
}
