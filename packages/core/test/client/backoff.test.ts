import { expect, test } from 'vitest';
import { Backoff } from '../../src/client/backoff.js';

test('begins almost at once, grows to at most 2 s, and differs between clients', () => {
  const runs = Array.from({ length: 50 }, () => {
    const backoff = new Backoff();
    return Array.from({ length: 20 }, () => backoff.next());
  });
  for (const delays of runs) {
    expect(delays[0]).toBeLessThanOrEqual(5);
    for (const delay of delays) {
      expect(delay).toBeGreaterThan(0);
      expect(delay).toBeLessThanOrEqual(2_000);
    }
    expect(Math.min(...delays.slice(12))).toBeGreaterThanOrEqual(1_000);
  }
  expect(new Set(runs.map((delays) => delays[19])).size).toBeGreaterThan(40);
});

test('begins anew after a reset', () => {
  const backoff = new Backoff();
  for (let i = 0; i < 20; i += 1) backoff.next();
  backoff.reset();
  expect(backoff.next()).toBeLessThanOrEqual(5);
});
