import type { Handlers } from '@doorcall/core';
import type { inventory } from '../contracts/inventory.gen.js';
import type { Stock } from './stock.js';

export function inventoryHandlers(stock: Stock): Handlers<typeof inventory> {
  return {
    stock({ sku }) {
      return { sku, available: stock.available(sku) };
    },

    reserve({ orderId, lines }, ctx) {
      const { missingSku } = stock.reserve(orderId, lines);
      if (missingSku !== undefined) throw ctx.error('OUT_OF_STOCK', { sku: missingSku });
    },
  };
}
