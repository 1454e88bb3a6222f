/** The order service in doorcall; the two doorcall transports differ only in how the client calls. */
import { defineService, serve } from '@doorcall/core';
import { Order, placeOrder, Receipt } from '../../payload.js';
import type { RunningServer, ServerSurroundings } from '../../transport.js';

export const orders = defineService('orders', { place: { input: Order, output: Receipt } });

/** Validation is the framework's here, by the same schema as everywhere (and it checks the receipt, too). */
export async function startDoorcallServer({ directory }: ServerSurroundings): Promise<RunningServer> {
  const server = await serve(orders, { place: (order) => placeOrder(order) }, { directory });
  return { address: directory, close: () => server.close() };
}
