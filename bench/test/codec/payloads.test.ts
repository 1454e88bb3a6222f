import { describe, expect, it } from 'vitest';
import { payloadNames, payloads } from '../../src/codec/payloads/index.js';
import { type Payload, variantCount } from '../../src/codec/payloads/payload.js';
import { Samples } from '../../src/codec/payloads/samples.js';

describe.each(payloadNames)('%s', (name) => {
  const { schema, variants, invalid }: Payload = payloads[name];

  it('is valid in every variant, and no two are the same', () => {
    expect(variants).toHaveLength(variantCount);
    for (const value of variants) expect(schema.safeParse(value).success).toBe(true);
    expect(new Set(variants.map((value) => JSON.stringify(value))).size).toBe(variantCount);
  });

  it('has an invalid value that only a check can tell', () => {
    const { error } = schema.safeParse(invalid);
    const codes = error!.issues.map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => code === 'invalid_type')).toEqual([]);
  });
});

describe('samples', () => {
  it('are the same in every process', () => {
    const samples = new Samples(3);
    const drawn = [samples.uuid(), samples.integer(1, 1_000), samples.person()];
    expect(drawn).toEqual(['ccf33e48-2be7-489d-8f0c-0ed2313deab9', 999, 'Grace Hamilton']);
  });

  it('keep to their limits', () => {
    const samples = new Samples(1);
    const drawn = new Set(samples.list(2_000, () => samples.integer(-2, 3)));
    expect([...drawn].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3]);
    for (const value of samples.list(2_000, () => samples.measured(950, 1_050))) {
      expect(value).toBeGreaterThanOrEqual(950);
      expect(value).toBeLessThan(1_050);
    }
  });
});
