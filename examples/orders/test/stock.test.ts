import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stock } from '../src/inventory/stock.js';

let folder: string;
let stock: Stock;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorcall-stock-'));
  stock = new Stock(
    path.join(folder, 'inventory.db'),
    new Map([
      ['tea', 5],
      ['pot', 1],
    ]),
  );
});
afterEach(() => {
  stock.close();
  rmSync(folder, { recursive: true, force: true });
});

test('takes all lines of an order, adding up those of one sku', () => {
  const lines = [
    { sku: 'tea', quantity: 2 },
    { sku: 'tea', quantity: 3 },
    { sku: 'pot', quantity: 1 },
  ];
  expect(stock.reserve(randomUUID(), lines)).toEqual({ missingSku: undefined });
  expect([stock.available('tea'), stock.available('pot')]).toEqual([0, 0]);
});

test('takes nothing when one line cannot be had', () => {
  const lines = [
    { sku: 'tea', quantity: 2 },
    { sku: 'pot', quantity: 2 },
  ];
  expect(stock.reserve(randomUUID(), lines)).toEqual({ missingSku: 'pot' });
  expect([stock.available('tea'), stock.available('pot')]).toEqual([5, 1]);
});

test('decides an order once', () => {
  const [taken, refused] = [randomUUID(), randomUUID()];
  stock.reserve(taken, [{ sku: 'tea', quantity: 4 }]);
  stock.reserve(refused, [{ sku: 'tea', quantity: 4 }]);
  expect(stock.reserve(taken, [{ sku: 'tea', quantity: 4 }])).toEqual({ missingSku: undefined });
  expect(stock.reserve(refused, [{ sku: 'tea', quantity: 1 }])).toEqual({ missingSku: 'tea' });
  expect(stock.available('tea')).toBe(1);
});

test('has its file to itself', () => {
  const other = new Database(path.join(folder, 'inventory.db'));
  expect(() => other.prepare('select * from stock').all()).toThrow('locked');
  other.close();
});
