import { describe, expect, test } from 'vitest';
import { Crowd, canHurry } from './support/crowd.js';
import { compare, judge, type Rounds } from './support/fairness.js';
import { report } from './support/figures.js';
import { flood } from './support/half-handshakes.js';
import { scaled } from './support/scale.js';

const ROUNDS = scaled(3, 9);
const CALLS = scaled(200, 1_000);
/** Sockets that a flood of connects has open. */
const AT_ONCE = 16;

/** What a greedy client does, by how it is told. */
const GREED = {
  'calls, 64 in flight': { way: 'echo', concurrency: 64 },
  'calls, 1,000 in flight': { way: 'echo', concurrency: 1_000 },
  'answers of 64 KiB, 64 in flight': { way: 'fill', concurrency: 64, size: 65_536 },
  'answers of 1 MiB, 16 in flight': { way: 'fill', concurrency: 16, size: 1_048_576 },
  'streams, 8 of 16 KiB pieces': { way: 'pieces', concurrency: 8, size: 16_384 },
  'one-way messages without end': { way: 'note', concurrency: 1_000, size: 64 },
  'calls that nobody answers': { way: 'never', concurrency: 500 },
  'connections opened and closed': { way: 'connect', concurrency: 4 },
} as const;

describe('a polite client keeps its p99 beside a client with', () => {
  test.each(Object.entries(GREED))('%s', async (name, how) => {
    const crowd = new Crowd();
    await crowd.serve({ logger: false }, { hurried: true });
    const greedy = await crowd.client();
    const greed = { begin: () => greedy.tell('start', how), end: () => greedy.tell('stop') };
    await check(name, () => compare(crowd, greed, ROUNDS, CALLS));
    const { calls, codes, worst } = await greedy.tell<Tally>('tally');
    expect(worst).toEqual([]);
    expect(calls + Object.values(codes).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  });
});

describe('a polite client keeps its p99 beside', () => {
  test.each(['silent', 'garbage', 'hello'] as const)('a flood of connects that stay %s', async (conduct) => {
    const crowd = new Crowd();
    await crowd.serve({ logger: false }, { hurried: true });
    let running: ReturnType<typeof flood> | undefined;
    const connects: number[] = [];
    const greed = {
      async begin() {
        running = flood(`${crowd.directory}/load`, conduct, AT_ONCE);
        await running.ready;
      },
      async end() {
        connects.push((await running?.end()) ?? 0);
      },
    };
    await check(`connects that stay ${conduct}`, () => compare(crowd, greed, ROUNDS, CALLS));
    report(`connects that stay ${conduct}`, { connects });
    // A flood that got nowhere would disturb nobody.
    expect(Math.min(...connects)).toBeGreaterThan(AT_ONCE);
  });
});

interface Tally {
  readonly calls: number;
  readonly codes: Readonly<Record<string, number>>;
  readonly worst: readonly string[];
}

/** Once more where others have disturbed the measurement: what is unfair by nature is so every time. */
const SERIES = 5;

async function check(name: string, measure: () => Promise<Rounds>): Promise<void> {
  const priority = canHurry ? 'real-time' : 'normal';
  for (let series = 1; ; series += 1) {
    const rounds = await measure();
    const { fair, ...figures } = judge(rounds);
    if (!fair && series < SERIES) continue;
    report(`fairness, ${name}`, { ...figures, rounds: rounds.before.length, series, priority });
    expect(fair, JSON.stringify({ ...figures, ...rounds })).toBe(true);
    return;
  }
}

describe('the verdict', () => {
  const rounds = (p99s: readonly number[], longest = 5_000) => p99s.map((p99) => ({ p99, longest }));
  test.each([
    ['three times a slow one', [1_000, 900, 5_000], [3_000, 9_000, 100], true],
    ['more than three times a slow one', [1_000, 900, 5_000], [3_001, 9_000, 100], false],
    ['1 ms more than a quick one', [100], [1_100], true],
    ['more than 1 ms more than a quick one', [100], [1_101], false],
  ])('%s', (_name, before, during, fair) => {
    expect(judge({ before: rounds(before), during: rounds(during) }).fair).toBe(fair);
  });

  test.each([
    ['100 ms more in one round', 5_000, 105_000, true],
    ['more than 100 ms more in one round', 5_000, 105_001, false],
    ['three times as long', 60_000, 180_000, true],
    ['5 s', 5_000, 5_000_000, false],
  ])('the longest call: %s', (_name, before, during, fair) => {
    const others = rounds([100, 100], 4_000);
    const verdict = judge({
      before: [...others, ...rounds([100], before)],
      during: [...others, ...rounds([100], during)],
    });
    expect(verdict.fair).toBe(fair);
  });
});
