import { defineService } from '@doorcall/core';
import { z } from 'zod';
import { Lines, Shortage, Sku } from './line.js';

/** Who knows how much there is of everything. */
export const inventory = defineService('inventory', {
  stock: {
    input: z.object({ sku: Sku }),
    output: z.object({ sku: Sku, available: z.int().nonnegative() }),
  },
  /**
   * Sets all of an order's lines aside, or none. Each order is decided once: to ask again is always safe and
   * gives the same answer.
   */
  reserve: {
    input: z.object({ orderId: z.uuid(), lines: Lines }),
    errors: { OUT_OF_STOCK: { code: 'FAILED_PRECONDITION', data: Shortage } },
  },
});
