import { describe, expect, it } from 'vitest';
import { type Figures, Measurements } from '../../src/codec/measurements.js';
import { type PayloadName, payloadNames } from '../../src/codec/payloads/index.js';
import { judge, targets } from '../../src/codec/targets.js';
import { complaint, passes } from '../../src/verdicts.js';

const everything = () => true;
const times: Record<string, number> = {
  generated: 100,
  'msgpackr-zod': 400,
  'msgpackr-compiled': 250,
  'json-zod': 500,
  'json-ajv': 50,
};

/** A run of three rounds in which every target is met; `change` spoils it. */
function run(
  change: (
    round: number,
    contestant: string,
    payload: PayloadName,
  ) => Partial<Figures> | 'missing' = () => ({}),
): Measurements {
  const measurements = new Measurements();
  for (let round = 0; round < 3; round++) {
    for (const payload of payloadNames) {
      for (const [contestant, totalNs] of Object.entries(times)) {
        const changed = change(round, contestant, payload);
        if (changed === 'missing') continue;
        const sizes = contestant === 'generated' ? [90, 100] : [100, 100];
        measurements.add(round, contestant, payload, { encodeNs: totalNs / 2, totalNs, sizes, ...changed });
      }
    }
  }
  return measurements;
}

const missed = (measurements: Measurements) =>
  judge(measurements, everything)
    .filter(({ outcome }) => outcome !== 'met')
    .map(({ target, outcome }) => `${outcome}: ${target}`);

describe('judging a codec run', () => {
  it('passes when every target is met; who is only shown does not count', () => {
    const verdicts = judge(run(), everything);
    expect(verdicts).toHaveLength(targets.length);
    expect(missed(run())).toEqual([]);
    expect(passes(verdicts)).toBe(true);
  });

  it('demands means over all payloads, and of each payload speed and size', () => {
    const words = judge(run(), everything).map(({ target }) => target);
    expect(words.slice(0, 7)).toEqual([
      'generated at least 3 × msgpackr-zod, geometric mean over all payloads',
      'generated at least 2 × msgpackr-compiled, geometric mean over all payloads',
      'generated at least 4 × json-zod, geometric mean over all payloads',
      'login: generated not slower than msgpackr-zod',
      'login: generated not slower than msgpackr-compiled',
      'login: generated not slower than json-zod',
      'login: generated not larger than msgpackr-zod, in any variant',
    ]);
    expect(words).toHaveLength(3 + 4 * payloadNames.length);
  });

  it('takes geometric means: one payload that is 100 × faster does not pay for seven that are not', () => {
    // Seven ratios of 2 and one of 200: the arithmetic mean is 27, the geometric one 3.6.
    const spread = run((_round, contestant, payload) =>
      contestant === 'json-zod' ? { totalNs: payload === 'blob' ? 20_000 : 200 } : {},
    );
    const mean = judge(spread, everything).find(({ target }) => target.includes('4 × json-zod'))!;
    expect(mean.outcome).toBe('missed');
    expect(mean.value).toBeCloseTo((2 ** 7 * 200) ** (1 / 8), 9);
  });

  it.each([
    ['msgpackr-zod', 299, 'generated at least 3 × msgpackr-zod'],
    ['msgpackr-compiled', 199, 'generated at least 2 × msgpackr-compiled'],
    ['json-zod', 399, 'generated at least 4 × json-zod'],
  ])('misses the mean when %s takes %i ns for our 100', (rival, totalNs, name) => {
    const verdicts = judge(
      run((_round, contestant) => (contestant === rival ? { totalNs } : {})),
      everything,
    );
    expect(verdicts.filter(({ outcome }) => outcome === 'missed').map(({ target }) => target)).toEqual([
      expect.stringContaining(name),
    ]);
    expect(passes(verdicts)).toBe(false);
    expect(complaint(verdicts)).toContain(name);
  });

  it('misses when one payload is slower than one rival, and names both', () => {
    const slow = run((_round, contestant, payload) =>
      contestant === 'msgpackr-compiled' && payload === 'blob' ? { totalNs: 99 } : {},
    );
    expect(missed(slow)).toEqual(['missed: blob: generated not slower than msgpackr-compiled']);
  });

  it('misses when one variant is larger, whatever the others are', () => {
    const large = run((_round, contestant, payload) =>
      contestant === 'generated' && payload === 'text' ? { sizes: [10, 101] } : {},
    );
    expect(missed(large)).toEqual(['missed: text: generated not larger than msgpackr-zod, in any variant']);
  });

  it('compares within a round: a machine that gets slower for all does not count', () => {
    const slowing = run((round, contestant) => ({ totalNs: times[contestant]! * 10 ** round }));
    expect(missed(slowing)).toEqual([]);
  });

  it('lets one bad round pass: the median decides', () => {
    const bad = (rounds: number) =>
      run((round, contestant) => (contestant === 'generated' && round < rounds ? { totalNs: 450 } : {}));
    expect(missed(bad(1))).toEqual([]);
    expect(missed(bad(2))).toContain('missed: tree: generated not slower than msgpackr-zod');
    expect(missed(bad(2))).toContain(
      'missed: generated at least 3 × msgpackr-zod, geometric mean over all payloads',
    );
  });

  it('takes no mean over fewer payloads than it says', () => {
    const holes = run((round, contestant, payload) =>
      contestant === 'msgpackr-zod' && payload === payloadNames[round] ? 'missing' : {},
    );
    expect(missed(holes)).toEqual([
      'not measured: generated at least 3 × msgpackr-zod, geometric mean over all payloads',
    ]);
    expect(passes(judge(holes, everything))).toBe(false);
  });

  it('judges only what is in the run, and does not pass when that is nothing', () => {
    const onlyTree = judge(run(), (_contestant, payload) => payload === 'tree');
    expect(onlyTree.filter(({ outcome }) => outcome === 'met')).toHaveLength(4);
    expect(passes(onlyTree)).toBe(true);
    const nothing = judge(run(), (contestant) => contestant === 'generated');
    expect(passes(nothing)).toBe(false);
    expect(complaint(nothing)).toContain('No target was judged');
  });
});
