/** What contracts have in them, in one: its generated file is compared byte for byte. */
import { defineService } from '@doorcall/core';
import { z } from 'zod';

export enum Carrier {
  Post = 'POST',
  Courier = 'COURIER',
}

const Money = z
  .object({ cents: z.bigint().describe('Never negative.'), currency: z.enum(['eur', 'usd', 'gbp', 'pln']) })
  .meta({ id: 'money', description: 'An amount of money.' });

const Address = z.object({
  street: z.string(),
  zip: z.string().optional(),
  country: z.enum(['at', 'de', 'fr', 'it', 'pl']).default('at'),
});

const Line = z.object({
  sku: z.string().brand<'Sku'>(),
  quantity: z.int().positive().default(1),
  price: Money,
  'gift-note': z.string().exactOptional().describe('Printed.\nNot longer than a card, */ please.'),
});

/** A comment tells nothing to zod, `describe` does. */
const Category = z
  .object({
    name: z.string().meta({ title: 'Name', description: 'As shown.', deprecated: true }),
    get children() {
      return z.array(Category);
    },
  })
  .describe('A branch of the catalogue.');

const Payment = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('card'), last4: z.templateLiteral(['**** ', z.int()]) }),
  z.object({
    kind: z.literal('transfer'),
    iban: z.string(),
    due: z.iso.date().transform((day) => new Date(day)),
  }),
  z.strictObject({ kind: z.literal(['voucher', 'gift']), amount: Money }),
]);

export const shop = defineService('shop.v2', {
  place: {
    input: z.object({
      lines: z.array(Line).min(1),
      billing: Address,
      shipping: Address.optional(),
      payment: Payment,
      carrier: z.enum(Carrier).nullable(),
      attachments: z.array(z.instanceof(Uint8Array)).optional(),
    }),
    output: z.object({ id: z.uuid(), total: Money, placed: z.date() }),
    errors: {
      OUT_OF_STOCK: {
        code: 'FAILED_PRECONDITION',
        data: z.object({ sku: z.string(), left: z.int().default(0) }),
      },
      PaymentRefused: { code: 'PERMISSION_DENIED', data: z.object({ code: z.string() }) },
      CLOSED: { code: 'UNAVAILABLE' },
    },
  },
  categories: { output: Category },
  find_similar: {
    input: z.tuple([z.string(), z.int().optional()]).rest(z.string()),
    output: z.record(z.string(), z.array(z.union([z.string(), z.null()]))).readonly(),
  },
  prices: { input: z.set(z.string()), output: z.map(z.string(), Money) },
  audit: { input: z.looseObject({ what: z.string(), at: z.coerce.date() }), oneway: true },
  ping: {},
});
