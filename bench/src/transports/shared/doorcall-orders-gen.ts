/** The order service in doorcall with generated code; its two transports differ only in how the client calls. */
import { serve } from '@doorcall/core';
import { placeOrder } from '../../payload.js';
import type { RunningServer, ServerSurroundings } from '../../transport.js';
import { orders } from './orders.gen.js';

export async function startGeneratedServer({ directory }: ServerSurroundings): Promise<RunningServer> {
  const server = await serve(orders, { place: (order) => placeOrder(order) }, { directory });
  return { address: directory, close: () => server.close() };
}
