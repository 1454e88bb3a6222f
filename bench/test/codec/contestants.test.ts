import { describe, expect, it } from 'vitest';
import type { Contestant, RoundTrip } from '../../src/codec/contestant.js';
import { contestant as generated } from '../../src/codec/contestants/generated.js';
import { contestant as jsonAjv } from '../../src/codec/contestants/json-ajv.js';
import { contestant as jsonZod } from '../../src/codec/contestants/json-zod.js';
import { contestant as msgpackrCompiled } from '../../src/codec/contestants/msgpackr-compiled.js';
import { contestant as msgpackrZod } from '../../src/codec/contestants/msgpackr-zod.js';
import { contestantNames, loadContestant } from '../../src/codec/contestants.js';
import { payloadNames, payloads } from '../../src/codec/payloads/index.js';
import { check } from '../../src/codec/trial.js';

// typia's functions are there only once the bench is built.
const built = new URL('../../dist/codec/contestants/json-typia.js', import.meta.url);
const { contestant: jsonTypia } = (await import(built.href)) as { contestant: Contestant };

const contestants: Record<string, Contestant> = {
  generated,
  'json-ajv': jsonAjv,
  'json-typia': jsonTypia,
  'json-zod': jsonZod,
  'msgpackr-compiled': msgpackrCompiled,
  'msgpackr-zod': msgpackrZod,
};

it('contestants are found by their files, ours first', async () => {
  expect(contestantNames()).toEqual(Object.keys(contestants));
});

it('an unknown contestant does not load', async () => {
  await expect(loadContestant('protobuf')).rejects.toThrow();
});

describe.each(Object.entries(contestants))('%s', (_, contestant) => {
  const roundTrips = contestant.prepare(payloads);

  it.each(payloadNames)('gives %s back as zod does, and refuses an invalid one', (name) => {
    const sizes = check(payloads[name], roundTrips[name]!);
    expect(sizes).toHaveLength(payloads[name].variants.length);
    for (const size of sizes) expect(size).toBeGreaterThan(0);
  });

  it('keeps no memory of its bytes', () => {
    const { encode, decode } = roundTrips.blob!;
    const [blob] = payloads.blob.variants as [{ bytes: Uint8Array }];
    const encoded = encode(blob) as Uint8Array | { bytes: Uint8Array };
    const decoded = decode(encoded) as typeof blob;
    ('bytes' in encoded ? encoded.bytes : encoded).fill(0);
    expect(decoded.bytes).toEqual(blob.bytes);
  });
});

describe('the check', () => {
  const { login } = payloads;
  const good = jsonZod.prepare(payloads).login!;
  const spoiled = (part: Partial<RoundTrip>) => () => check(login, { ...good, ...part });

  it('passes who does the work', () => {
    expect(spoiled({})).not.toThrow();
  });

  it('finds out who does not validate', () => {
    const decode = (bytes: unknown) => ({ remember: false, ...JSON.parse(String(bytes)) });
    expect(spoiled({ decode })).toThrow(/an invalid value is accepted: {.*"nobody"/);
  });

  it('finds out who leaves a default out', () => {
    const decode = (bytes: unknown) => {
      good.decode(bytes);
      return JSON.parse(String(bytes));
    };
    expect(spoiled({ decode })).toThrow(/remember/);
  });

  it('finds out who answers always the same', () => {
    const decode = () => login.schema.parse(login.variants[0]);
    expect(spoiled({ decode })).toThrow(/deep/);
  });
});
