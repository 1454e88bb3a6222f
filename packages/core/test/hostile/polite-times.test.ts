import { describe, expect, test } from 'vitest';
import { majority } from './support/majority.js';
import { limitsOf, PoliteTimes } from './support/polite-times.js';

const alone = limitsOf(1, true);
const besideOthers = limitsOf(1, false);
const calls = (µs: number, ...more: readonly number[]) => [...Array.from({ length: 150 }, () => µs), ...more];

describe('calls beside an attack', () => {
  test.each([
    ['1 ms more', alone, calls(200), calls(1_200), undefined],
    ['more than 1 ms more', alone, calls(200), calls(1_201), 'p99'],
    ['3 times as long', alone, calls(600), calls(1_800), undefined],
    ['more than that', alone, calls(600), calls(1_801), 'p99'],
    ['20 ms more', besideOthers, calls(200), calls(20_200), undefined],
    ['more than that beside other tests', besideOthers, calls(200), calls(20_201), 'p99'],
    // One call, however long nothing was answered.
    ['one that waits for 5 s', besideOthers, calls(200), calls(200, 5_000_000), 'longest call'],
    ['one that is 20 ms late', alone, calls(200), calls(200, 20_200), undefined],
    ['one that is later', alone, calls(200), calls(200, 20_201), 'longest call'],
    ['one as late as one in quiet', alone, calls(200, 10_000), calls(200, 30_000), undefined],
  ])('%s', (_name, limits, quiet, attacked, problem) => {
    const found = new PoliteTimes().problem(quiet, attacked, limits);
    expect(found?.split(' of the')[0]).toBe(problem);
  });
});

/** Attempts in their order, and again from the beginning: `.` in time, `x` late. */
function decide(margin: number, pattern: string) {
  let at = 0;
  return majority(margin, async () => (pattern[at++ % pattern.length] === 'x' ? 'late' : undefined));
}

describe('attempts of which some were late', () => {
  test.each([
    [1, '.', true, 1],
    [1, 'x..', true, 3],
    [1, 'xx...', true, 5],
    [1, 'xx.', false, 7],
    [1, 'x', false, 5],
    [2, '.', true, 2],
    [2, '.x..', true, 4],
    [2, '.xxxx', false, 5],
    [2, 'x', false, 4],
  ])('ahead by %i: %s', async (margin, pattern, won, attempts) => {
    const verdict = await decide(margin, pattern);
    expect(verdict.attempts).toBe(attempts);
    expect(verdict.problems.length === 0).toBe(won);
  });

  test('an attack that delays four attempts of five is noticed nearly each time', async () => {
    let seed = 1;
    const chance = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    let unnoticed = 0;
    for (let row = 0; row < 1_000; row++) {
      const { problems } = await majority(2, async () => (chance() < 0.8 ? 'late' : undefined));
      if (problems.length === 0) unnoticed += 1;
    }
    expect(unnoticed).toBeLessThan(100);
  });
});
