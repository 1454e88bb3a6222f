import { expect, test } from 'vitest';
import { runMutator } from './support/mutator.mjs';

/** `npm run fuzz -- --target mutated-client,mutated-server` goes on for as long as one likes, from another seed each time. */
const ROUNDS = 150;
const seed = Number(process.env.FUZZ_SEED ?? 1);

test.each(['client', 'server'] as const)(
  `words of a live segment of a hostile %s are overwritten at random, seed ${seed}`,
  { timeout: 180_000 },
  async (role) => {
    const { rounds, violations, politeCalls, finding } = await runMutator({ role, seed, rounds: ROUNDS });
    expect(finding).toBeUndefined();
    expect(rounds).toBe(ROUNDS);
    expect(politeCalls).toBeGreaterThan(0);
    // Rounds that all fared alike would show nothing.
    expect(violations).toBeGreaterThan(ROUNDS / 20);
    console.log(
      `mutated ${role}: ${rounds} rounds, ${violations} ended for violations, ${politeCalls} polite calls`,
    );
  },
);
