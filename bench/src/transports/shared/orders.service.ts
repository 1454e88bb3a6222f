/** The order service as a contract of doorcall. After a change: `npm run pnpm -- --filter @doorcall/bench gen`. */
import { defineService } from '@doorcall/core';
import { Bytes, Document, Order, Receipt } from '../../payload.js';

export const orders = defineService('orders', {
  place: { input: Order, output: Receipt },
  echo: { input: Document, output: Document },
  bytes: { input: Bytes, output: Bytes },
});
