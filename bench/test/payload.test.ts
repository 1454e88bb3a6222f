import { describe, expect, it } from 'vitest';
import {
  areSameBytes,
  bytesOf,
  Document,
  documentOf,
  invalidDocument,
  invalidOrder,
  isEchoOf,
  isReceiptFor,
  Order,
  payloadBytes,
  sampleOrders,
} from '../src/payload.js';
import { checkedAnswers, checkedWork, work } from '../src/work.js';

const jsonBytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('the order', () => {
  it('is about 100 bytes', () => {
    expect(payloadBytes).toBeGreaterThan(90);
    expect(payloadBytes).toBeLessThan(130);
  });

  it('is valid where it should be, and its receipt is its own', () => {
    for (const order of sampleOrders) expect(Order.parse(order)).toEqual(order);
    expect(() => Order.parse(invalidOrder)).toThrow();
    const receipts = sampleOrders.map((order) => work.place(order) as { id: string; totalCents: number });
    expect(sampleOrders.every((order, i) => isReceiptFor(order, receipts[i]!))).toBe(true);
    expect(isReceiptFor(sampleOrders[0]!, receipts[1]!)).toBe(false);
  });
});

describe('a document', () => {
  it('of no bytes has no rows', () => {
    expect(documentOf(0)).toEqual({ rows: [] });
  });

  it('of 64 bytes is one row, the smallest there is', () => {
    const document = documentOf(64);
    expect(document.rows).toHaveLength(1);
    expect(jsonBytes(document)).toBeLessThan(80);
  });

  it.each([1_024, 16_384, 65_536, 1_048_576])('of %i bytes has just as many', (bytes) => {
    const document = documentOf(bytes);
    expect(jsonBytes(document)).toBe(bytes);
    expect(Document.parse(document)).toEqual(document);
    const rowBytes = bytes / document.rows.length;
    expect(rowBytes).toBeGreaterThan(60);
    expect(rowBytes).toBeLessThan(120);
  });

  it('is as near as rows allow in between, in every variant', () => {
    for (let bytes = 1; bytes < 600; bytes++) {
      for (let variant = 0; variant < 16; variant++) {
        const document = documentOf(bytes, variant);
        expect(() => Document.parse(document)).not.toThrow();
        const rest = bytes - jsonBytes(document);
        expect(rest).toBeGreaterThan(-80);
        // What one row and its longest note leave over, and two rows with none do not fit in.
        expect(rest).toBeLessThan(bytes < 256 ? 50 : 1);
      }
    }
  });

  it('differs from another variant, and is told from it and from part of itself', () => {
    const [one, other] = [documentOf(1_024), documentOf(1_024, 1)];
    expect(isEchoOf(one, structuredClone(one))).toBe(true);
    expect(isEchoOf(one, other)).toBe(false);
    expect(isEchoOf(one, { rows: one.rows.slice(1) })).toBe(false);
    expect(isEchoOf(one, { rows: one.rows.with(-1, one.rows[0]!) })).toBe(false);
    expect(isEchoOf({ rows: [] }, { rows: [] })).toBe(true);
  });
});

describe('bytes', () => {
  it('are as many as asked for, and other bytes are told from them', () => {
    const bytes = bytesOf(1_000);
    expect(bytes).toHaveLength(1_000);
    expect(areSameBytes(bytes, bytes.slice())).toBe(true);
    expect(areSameBytes(bytes, bytesOf(1_000, 1))).toBe(false);
    expect(areSameBytes(bytes, bytes.subarray(1))).toBe(false);
    expect(areSameBytes(bytes, bytes.with(999, 0))).toBe(false);
  });
});

describe('checked work', () => {
  const checked = checkedWork(work);

  it('does the same as the work', () => {
    expect(checked.place(sampleOrders[0])).toEqual(work.place(sampleOrders[0]!));
    expect(checked.echo(documentOf(1_024))).toEqual(documentOf(1_024));
    expect(checked.bytes(bytesOf(64))).toEqual(bytesOf(64));
  });

  it('refuses what is not valid, and so do the checks of answers', () => {
    expect(() => checked.place(invalidOrder)).toThrow();
    expect(() => checked.echo(invalidDocument)).toThrow();
    expect(() => checked.bytes('text')).toThrow();
    expect(() => checkedAnswers.receipt({ id: 'a', totalCents: 0.5 })).toThrow();
    expect(() => checkedAnswers.document(invalidDocument)).toThrow();
    expect(() => checkedAnswers.bytes([1, 2])).toThrow();
  });
});
