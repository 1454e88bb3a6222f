import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Row = z.object({
  id: z.int().positive(),
  customer: z.string().min(1).max(80),
  status: z.enum(['new', 'paid', 'packed', 'shipped', 'returned']),
  items: z.int().positive(),
  totalCents: z.int().nonnegative(),
  currency: z.enum(['EUR', 'USD', 'GBP']),
  express: z.boolean(),
  tracking: z.string().nullable(),
});

const Page = z.object({
  rows: z.array(Row).max(1_000),
  nextCursor: z.string().nullable(),
  total: z.int().nonnegative(),
});

export const payload = definePayload({
  summary: 'a page of 100 rows',
  schema: Page,
  variant(index) {
    const samples = new Samples(index);
    return {
      rows: samples.list(100, (row) => ({
        id: 5_000_000 + index * 1_000 + row,
        customer: samples.person(),
        status: samples.oneOf(['new', 'paid', 'packed', 'shipped', 'returned']),
        items: samples.integer(1, 20),
        totalCents: samples.integer(99, 500_000),
        currency: samples.oneOf(['EUR', 'USD', 'GBP']),
        express: samples.chance(0.3),
        tracking: samples.chance(0.4) ? samples.hex(16).toUpperCase() : null,
      })),
      nextCursor: index % 4 === 0 ? null : samples.hex(24),
      total: samples.integer(100, 200_000),
    };
  },
  invalid: (page) => ({ ...page, rows: [...page.rows.slice(0, -1), { ...page.rows[0]!, items: -1 }] }),
});
