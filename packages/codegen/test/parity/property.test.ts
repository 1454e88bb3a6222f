import { describe, expect, it } from 'vitest';
import { noteOf } from './report.js';
import { runParity } from './run.js';

/** `npm run test:parity` tries more, from another seed each time; see CONTRIBUTING.md. */
const CASES = 10_000;
const seed = Number(process.env.PARITY_SEED ?? 1);

describe('generated codecs and zod', () => {
  it(`agree about schemas and values made by chance, seed ${seed}`, { timeout: 180_000 }, () => {
    const { counts, failure, ...run } = runParity({ cases: CASES, seed });
    console.log(noteOf(seed, counts));
    if (failure !== undefined) {
      failure.violation.message += `\n  again   npm run test:parity -- --seed ${run.seed} --path ${failure.path}`;
      throw failure.violation;
    }
    expect(counts.cases).toBeGreaterThanOrEqual(CASES);
    // A codec that hands everything to zod would keep the law, too.
    expect(counts.acceptedDirectly / counts.accepted).toBeGreaterThan(0.8);
    expect(counts.outputsDirectly).toBeGreaterThan(0);
    // A generator whose values are all alike would find nothing.
    expect(counts.accepted / counts.cases).toBeGreaterThan(0.2);
    expect(counts.refused / counts.cases).toBeGreaterThan(0.1);
    for (const seldom of [counts.threw, counts.cannotTravel, counts.outputs])
      expect(seldom).toBeGreaterThan(0);
  });
});
