/** The order service in doorcall without generated code; its two transports differ only in how the client calls. */
import { serve } from '@doorcall/core';
import { placeOrder } from '../../payload.js';
import type { RunningServer, ServerSurroundings } from '../../transport.js';
import { orders } from './orders.service.js';

/** Validation is the framework's here, by the same schema as everywhere (and it checks the receipt, too). */
export async function startDoorcallServer({ directory }: ServerSurroundings): Promise<RunningServer> {
  const server = await serve(orders, { place: (order) => placeOrder(order) }, { directory });
  return { address: directory, close: () => server.close() };
}
