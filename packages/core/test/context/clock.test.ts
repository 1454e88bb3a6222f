import { expect, test } from 'vitest';
import {
  deadlineFromWire,
  deadlineToWire,
  LONGEST_WIRE_DEADLINE_MS,
  monotonicMs,
} from '../../src/context/clock.js';

/** One unit on the wire, in ms. */
const UNIT = 65_536 / 1e6;

test('the clock is CLOCK_MONOTONIC', () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const now = monotonicMs();
  const after = Number(process.hrtime.bigint()) / 1e6;
  // The distance between the two clocks was itself measured by reading one after the other.
  expect(now).toBeGreaterThan(before - 1);
  expect(now).toBeLessThan(after + 1);
});

test.each([0, 12.345, 1e6, 281_474_976.7, 3e9])('a deadline survives the wire at uptime %d ms', (nowMs) => {
  for (const inMs of [0.001, 1, 50, 30_000, 38 * 3_600_000]) {
    const received = deadlineFromWire(deadlineToWire(nowMs + inMs, nowMs), nowMs, 0);
    expect(received).toBeGreaterThanOrEqual(nowMs + inMs - 1e-6);
    expect(received).toBeLessThanOrEqual(nowMs + inMs + 2 * UNIT);
  }
});

test('a deadline that has passed stays passed', () => {
  const nowMs = 5e8;
  const wire = deadlineToWire(nowMs + 10, nowMs);
  expect(deadlineFromWire(wire, nowMs + 500, 0)).toBeLessThan(nowMs + 500);
  expect(deadlineFromWire(wire, nowMs + 20 * 3_600_000, 0)).toBeLessThan(nowMs + 20 * 3_600_000);
});

test('0 means none, and is never what a deadline becomes', () => {
  expect(deadlineToWire(Number.POSITIVE_INFINITY, 100)).toBe(0);
  expect(deadlineToWire(100 + LONGEST_WIRE_DEADLINE_MS, 100)).toBe(0);
  expect(deadlineFromWire(0, 100, 0)).toBe(Number.POSITIVE_INFINITY);
  // 2^32 units exactly.
  const atZero = 2 ** 32 * UNIT;
  expect(deadlineToWire(atZero, atZero - 1)).toBe(1);
});

test.each([-86_400_000, -3.5, 250, 86_400_000])(
  "a peer's clock that is off by %d ms is corrected",
  (offsetMs) => {
    // The peer's clock shows `now + offset`; its deadline is 40 ms ahead.
    const nowMs = 4e8;
    const wire = deadlineToWire(nowMs + offsetMs + 40, nowMs + offsetMs);
    const received = deadlineFromWire(wire, nowMs, offsetMs);
    expect(received).toBeGreaterThanOrEqual(nowMs + 40 - 1e-6);
    expect(received).toBeLessThanOrEqual(nowMs + 40 + 2 * UNIT);
  },
);
