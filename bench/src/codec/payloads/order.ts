import { z } from 'zod';
import { definePayload } from './payload.js';
import { Samples } from './samples.js';

const Item = z.object({
  sku: z.string().min(1).max(40),
  title: z.string().max(200),
  quantity: z.int().positive(),
  unitPriceCents: z.int().nonnegative(),
  discountPercent: z.number().min(0).max(100).optional(),
});

const Address = z.object({
  name: z.string().min(1),
  street: z.string(),
  city: z.string(),
  postalCode: z.string().max(12),
  country: z.string().length(2),
});

const Order = z.object({
  id: z.uuid(),
  customer: z.string().min(1).max(40),
  currency: z.enum(['EUR', 'USD', 'GBP']),
  items: z.array(Item).min(1).max(100),
  shipTo: Address,
  express: z.boolean(),
  note: z.string().optional(),
});

export const payload = definePayload({
  summary: 'an order with five items and an address',
  schema: Order,
  variant(index) {
    const samples = new Samples(index);
    return {
      id: samples.uuid(),
      customer: `customer-${samples.integer(1_000, 99_999)}`,
      currency: samples.oneOf(['EUR', 'USD', 'GBP']),
      items: samples.list(5, () => ({
        sku: `widget-${samples.integer(100, 99_999)}`,
        title: samples.words(samples.integer(2, 6)),
        quantity: samples.integer(1, 12),
        unitPriceCents: samples.integer(99, 250_000),
        ...(samples.chance(0.2) && { discountPercent: samples.oneOf([5, 7.5, 10, 12.5]) }),
      })),
      shipTo: {
        name: samples.person(),
        street: `${samples.words(2)} ${samples.integer(1, 200)}`,
        city: samples.oneOf(['Berlin', 'Zürich', 'London', 'Kraków', 'Boston']),
        postalCode: String(samples.integer(10_000, 99_999)),
        country: samples.oneOf(['DE', 'CH', 'GB', 'PL', 'US']),
      },
      express: samples.chance(0.5),
      ...(samples.chance(0.3) && { note: samples.words(8) }),
    };
  },
  invalid: (order) => ({ ...order, items: order.items.map((item) => ({ ...item, quantity: 0 })) }),
});
