import { describe, expect, it } from 'vitest';
import type { RoundTrip } from '../../src/codec/contestant.js';
import { timeEncode, timeRoundTrip } from '../../src/codec/trial.js';

/** Notes what is done with which value. */
function recording() {
  const encoded: unknown[] = [];
  const decoded: unknown[] = [];
  const roundTrip: RoundTrip = {
    encode(value) {
      encoded.push(value);
      return value;
    },
    decode(value) {
      decoded.push(value);
      return value;
    },
    sizeOf: () => 1,
  };
  return { encoded, decoded, roundTrip };
}

describe('timing', () => {
  it('goes through all variants as often as one another, whole cycles long', () => {
    const { encoded, decoded, roundTrip } = recording();
    timeRoundTrip(['a', 'b', 'c'], roundTrip, 1);
    expect(encoded).toEqual(decoded);
    expect(encoded.length % 3).toBe(0);
    expect(encoded.slice(0, 3)).toEqual(['a', 'b', 'c']);
  });

  it('decodes nothing when encoding alone is timed', () => {
    const { encoded, decoded, roundTrip } = recording();
    timeEncode(['a', 'b'], roundTrip, 1);
    expect(encoded.length).toBeGreaterThan(0);
    expect(decoded).toEqual([]);
  });

  it('is for one value, not for a cycle', () => {
    const { encoded, roundTrip } = recording();
    const windowMs = 5;
    const begin = performance.now();
    const ns = timeRoundTrip(['a', 'b', 'c', 'd'], roundTrip, windowMs);
    const wholeMs = performance.now() - begin;
    const sumMs = (ns * encoded.length) / 1e6;
    expect(sumMs).toBeGreaterThan(windowMs * 0.999);
    expect(sumMs).toBeLessThan(wholeMs * 1.001);
  });

  it('runs one cycle at least', () => {
    const { encoded, roundTrip } = recording();
    expect(timeRoundTrip(['a', 'b'], roundTrip, 0.000_001)).toBeGreaterThan(0);
    expect(encoded).toEqual(['a', 'b']);
  });
});
