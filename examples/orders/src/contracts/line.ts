import { z } from 'zod';

/** The name under which a thing is stocked, e.g. `espresso-beans`. */
export const Sku = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'a sku is made of a-z, 0-9 and -');

/** One position of an order. */
export const Line = z.object({ sku: Sku, quantity: z.int().min(1).max(1_000) });
export type Line = z.output<typeof Line>;

export const Lines = z.array(Line).min(1).max(100);

/** The data of OUT_OF_STOCK, in both services that declare it: the first sku that there was not enough of. */
export const Shortage = z.object({ sku: Sku });
