import { expect, test } from 'vitest';
import { SpareMemory } from '../../src/server/spare-memory.js';

const KIB = 1024;
const bytes = Uint8Array.from({ length: 300 * KIB }, (_, i) => i % 251);

test('a copy is what was copied, whatever lay there before', () => {
  const memory = new SpareMemory();
  const first = memory.copyOf(bytes, 10, 200 * KIB);
  expect(Buffer.compare(first, bytes.subarray(10, 200 * KIB))).toBe(0);
  memory.giveBack(first);
  const second = memory.copyOf(bytes, 77, 77 + 100 * KIB);
  expect(second.buffer).toBe(first.buffer);
  expect(second.length).toBe(100 * KIB);
  expect(Buffer.compare(second, bytes.subarray(77, 77 + 100 * KIB))).toBe(0);
});

test('nobody gets memory that somebody has', () => {
  const memory = new SpareMemory();
  const first = memory.copyOf(bytes, 0, 100 * KIB);
  expect(memory.copyOf(bytes, 0, 100 * KIB).buffer).not.toBe(first.buffer);
  memory.giveBack(first);
  const second = memory.copyOf(bytes, 0, 100 * KIB);
  expect(second.buffer).toBe(first.buffer);
  expect(memory.copyOf(bytes, 0, 100 * KIB).buffer).not.toBe(first.buffer);
});

test('memory that is too small, or much too large, is not taken', () => {
  const memory = new SpareMemory();
  memory.giveBack(memory.copyOf(bytes, 0, 100 * KIB));
  expect(memory.copyOf(bytes, 0, 101 * KIB).buffer.byteLength).toBe(101 * KIB);
  memory.giveBack(new Uint8Array(2048 * KIB));
  expect(memory.copyOf(bytes, 0, 299 * KIB).buffer.byteLength).toBe(299 * KIB);
});

test('no more than 4 MiB are kept', () => {
  const memory = new SpareMemory();
  const copies = Array.from({ length: 20 }, () => memory.copyOf(bytes, 0, 256 * KIB));
  for (const copy of copies) memory.giveBack(copy);
  const again = Array.from({ length: 20 }, () => memory.copyOf(bytes, 0, 256 * KIB).buffer);
  expect(again.filter((buffer) => copies.some((copy) => copy.buffer === buffer))).toHaveLength(16);
});
