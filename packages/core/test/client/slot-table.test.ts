import { expect, test } from 'vitest';
import { SlotTable } from '../../src/client/slot-table.js';

test('an id finds its entry until it is released, and never again', () => {
  const table = new SlotTable<string>();
  const id = table.take('a');
  expect(id).not.toBe(0);
  expect(table.find(id)).toBe('a');
  expect(table.release(id)).toBe('a');
  expect(table.find(id)).toBe(undefined);
  expect(table.release(id)).toBe(undefined);
  expect(table.inUse).toBe(0);
});

test('a slot that is used again has another id', () => {
  const table = new SlotTable<number>();
  const seen = new Set<number>();
  for (let i = 0; i < 1_000; i += 1) {
    const id = table.take(i);
    expect(seen.has(id)).toBe(false);
    seen.add(id);
    for (const old of [...seen].slice(-3)) if (old !== id) expect(table.find(old)).toBe(undefined);
    table.release(id);
  }
});

test('an abandoned entry keeps its slot', () => {
  const table = new SlotTable<string>();
  const id = table.take('call');
  table.replace(id, 'abandoned');
  const others = Array.from({ length: 100 }, (_, i) => table.take(`${i}`));
  expect(others).not.toContain(id);
  expect(table.release(id)).toBe('abandoned');
});

test('ids stay small integers through all generations', () => {
  const table = new SlotTable<number>();
  let largest = 0;
  for (let i = 0; i < 5_000; i += 1) {
    const id = table.take(i);
    largest = Math.max(largest, id);
    expect(id).toBeGreaterThan(0);
    table.release(id);
  }
  expect(largest).toBeLessThan(2 ** 31);
});

test('ids that never were are not found', () => {
  const table = new SlotTable<string>();
  table.take('a');
  for (const id of [0, 2, 1 << 20, 0xffffffff, 0x7fffffff]) {
    expect(table.find(id)).toBe(undefined);
    expect(table.release(id)).toBe(undefined);
  }
  expect(table.inUse).toBe(1);
});

test('entries may be released while they are visited', () => {
  const table = new SlotTable<number>();
  for (let i = 0; i < 10; i += 1) table.take(i);
  const visited: number[] = [];
  table.forEach((entry, id) => {
    visited.push(entry);
    table.release(id);
  });
  expect(visited).toHaveLength(10);
  expect(table.inUse).toBe(0);
});
