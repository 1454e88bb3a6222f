/**
 * The calls that every transport makes, checked by the same schemas: an order of about 100 bytes in and a receipt out, a
 * document of any size there and back, and raw bytes there and back.
 */
import { z } from 'zod';

export const Order = z.object({
  customer: z.string().min(1).max(40),
  sku: z.string().min(1).max(40),
  quantity: z.int().positive(),
  unitPriceCents: z.int().nonnegative(),
  currency: z.enum(['EUR', 'USD', 'GBP']),
  express: z.boolean(),
});
export type Order = z.infer<typeof Order>;

export const Receipt = z.object({ id: z.string(), totalCents: z.int() });
export type Receipt = z.infer<typeof Receipt>;

export const Row = z.object({
  id: z.int(),
  sku: z.string().min(1).max(40),
  quantity: z.int().positive(),
  unitPriceCents: z.int().nonnegative(),
  note: z.string().max(40),
});
export type Row = z.infer<typeof Row>;

export const Document = z.object({ rows: z.array(Row) });
export type Document = z.infer<typeof Document>;

export const Bytes: z.ZodType<Uint8Array, Uint8Array> = z.instanceof(Uint8Array);

/** Orders of equal size and different content, so that no layer can profit from seeing the same bytes again. */
export const sampleOrders: readonly Order[] = Array.from({ length: 16 }, (_, i) => ({
  customer: `customer-${20417 + i}`,
  sku: `widget-${7731 + i * 7}`,
  quantity: 1 + (i % 9),
  unitPriceCents: 1099 + i * 50,
  currency: 'EUR',
  express: i % 2 === 0,
}));

/** An order that every server has to refuse: a transport that lets it pass does less work than the others. */
export const invalidOrder: Order = { ...sampleOrders[0]!, quantity: -1 };

/** Whether the receipt is the one for this order; catches an answer that belongs to another call. */
export function isReceiptFor(order: Order, receipt: Receipt): boolean {
  return receipt.totalCents === order.quantity * order.unitPriceCents && receipt.id.length > order.sku.length;
}

/** Size of a sample order as JSON. */
export const payloadBytes = Buffer.byteLength(JSON.stringify(sampleOrders[0]));

const noteLetters = 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz';
const longestNote = 40;
/** Characters of a row's note, while there is room for further rows. */
const usualNote = 8;
const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

/**
 * A document whose JSON is as near to `bytes` as rows of some 70 to 110 bytes allow: exactly as long from 256 bytes on. Zero
 * bytes are no rows.
 *
 * @param variant documents of different variants (0…15) differ in every row
 */
export function documentOf(bytes: number, variant = 0): Document {
  const rows: Row[] = [];
  let size = jsonBytes({ rows });
  const take = (note: number) => {
    const i = rows.length;
    const row = rowOf(i, variant, note);
    rows.push(row);
    size += jsonBytes(row) + (i > 0 ? 1 : 0);
  };
  if (bytes > 0) take(0);
  // What a row takes is known only when it is made; the last one may be too much.
  while (size < bytes) take(usualNote);
  if (rows.length > 1 && size > bytes) size -= jsonBytes(rows.pop()) + 1;
  // The rest, less than a row, goes into notes.
  for (let i = rows.length - 1; i >= 0 && size < bytes; i--) {
    const { note } = rows[i]!;
    const longer = Math.min(longestNote, note.length + bytes - size);
    size += longer - note.length;
    rows[i] = rowOf(i, variant, longer);
  }
  return { rows };
}

function rowOf(i: number, variant: number, note: number): Row {
  // Of few digits in a first row, for small documents.
  const number = i + 10 + variant;
  return {
    id: i,
    sku: `w${number}`,
    quantity: 1 + ((i + variant) % 9),
    unitPriceCents: i === 0 ? 10 + variant : 1_000 + ((i * 37 + variant) % 9_000),
    note: noteLetters.slice(variant % 12, (variant % 12) + note),
  };
}

/** A document that every server has to refuse. */
export const invalidDocument: Document = { rows: [{ ...documentOf(64).rows[0]!, quantity: 0 }] };

/** Whether a document came back as it went: looks at its length and its ends, so that looking costs nothing. */
export function isEchoOf(sent: Document, received: Document): boolean {
  return (
    received.rows.length === sent.rows.length &&
    isSameRow(sent.rows[0], received.rows[0]) &&
    isSameRow(sent.rows.at(-1), received.rows.at(-1))
  );
}

function isSameRow(a: Row | undefined, b: Row | undefined): boolean {
  return a === b || (a?.id === b?.id && a?.sku === b?.sku && a?.note === b?.note);
}

/**
 * So many bytes.
 *
 * @param variant those of different variants (0…255) differ in every place
 */
export function bytesOf(bytes: number, variant = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + variant) & 255);
}

/** Whether bytes came back as they went: looks at their number and both ends. */
export function areSameBytes(sent: Uint8Array, received: Uint8Array): boolean {
  return (
    received.byteLength === sent.byteLength && received[0] === sent[0] && received.at(-1) === sent.at(-1)
  );
}
