import { describe, expect, test } from 'vitest';
import { majority } from './support/majority.js';
import { type Limits, limitsOf, PoliteTimes } from './support/polite-times.js';

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

/** Samples in their order, and again from the beginning: `.` in time, `x` late. */
function decide(pattern: string) {
  let at = 0;
  return majority(async () => (pattern[at++ % pattern.length] === 'x' ? 'late' : undefined));
}

describe('samples of which some were late', () => {
  test.each([
    ['.', true, 1],
    ['x..', true, 3],
    ['xx...', true, 5],
    ['xx.', false, 7],
    ['x', false, 5],
  ])('%s', async (pattern, won, samples) => {
    const verdict = await decide(pattern);
    expect(verdict.samples).toBe(samples);
    expect(verdict.problems.length === 0).toBe(won);
  });
});

describe('an attack is repeated', () => {
  async function attacks(limits: Limits, perAttack: number): Promise<number> {
    let count = 0;
    await new PoliteTimes().judge(limits, async () => {
      count += 1;
      return { quiet: Array(perAttack).fill(200), attacked: Array(perAttack).fill(200) };
    });
    return count;
  }

  test('until 200 calls were made beside it', async () => {
    expect(await attacks(alone, 50)).toBe(4);
    expect(await attacks(alone, 199)).toBe(2);
    expect(await attacks(alone, 200)).toBe(1);
  });

  test('beside other tests only when it was late', async () => {
    expect(await attacks(besideOthers, 20)).toBe(1);
  });
});

/** How often the verdict is right, alone, where one call of 200 takes 5 ms whatever happens. */
describe('by chance', () => {
  const ROWS = 413;
  const CALLS = 50;
  type Below = (share: number) => boolean;

  /** How many rows are red of which an attack adds so many µs to one call: `more(call, below)`. */
  async function red(more: (call: number, below: Below) => number): Promise<number> {
    let seed = 1;
    const below: Below = (share) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647 < share;
    };
    const itself = () => (below(0.005) ? 5_000 : 200);
    const times = new PoliteTimes();
    let count = 0;
    for (let row = 0; row < ROWS; row++) {
      const problems = await times.judge(alone, async () => ({
        quiet: Array.from({ length: CALLS }, itself),
        attacked: Array.from({ length: CALLS }, (_, call) => itself() + more(call, below)),
      }));
      if (problems.length > 0) count += 1;
    }
    return count;
  }

  test('an attack that delays nothing is never red', async () => {
    expect(await red(() => 0)).toBe(0);
  });

  test.each<[string, (call: number, below: Below) => number]>([
    ['delays 5 calls of 100 by 3 ms', (_, below) => (below(0.05) ? 3_000 : 0)],
    ['delays one call by 3 ms', (call) => (call === 0 ? 3_000 : 0)],
    [
      'stops everything for 25 ms, four times of five',
      (call, below) => (call === 0 && below(0.8) ? 25_000 : 0),
    ],
  ])('an attack that %s is red nearly each time', async (_name, more) => {
    expect(await red(more)).toBeGreaterThan(0.98 * ROWS);
  });
});
