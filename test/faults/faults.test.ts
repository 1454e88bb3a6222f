import { describe, expect, test } from 'vitest';
import { campaign } from './lib/campaign.mjs';
import { SIDES } from './lib/options.mjs';
import { figuresOf, isGood, linesOf } from './lib/report.mjs';
import { straceProblem } from './lib/strace.mjs';

/** A watchdog: what hangs is noticed by the campaign itself long before. */
const HANG_MS = 600_000;
/** `npm run test:faults` begins with another one each time. */
const seed = Number(process.env.FAULTS_SEED ?? 1);

describe('killed at every point', () => {
  test(
    'once at each failpoint, and at some system calls',
    async () => {
      const problem = straceProblem();
      if (problem !== undefined) console.log(`without system calls: ${problem}`);
      const shares = { rounds: 1, syscallRounds: 0.1, stopsPerKill: 1 / 8 };
      const options = { sides: SIDES, seed, ...shares, syscalls: problem === undefined };
      const started = performance.now();
      const groups = await campaign(options);
      const figures = figuresOf(groups, { seed, seconds: (performance.now() - started) / 1000 });
      console.log(linesOf(figures).join('\n'));
      expect(figures.rows.flatMap((row) => [...row.violations, ...row.unreached])).toEqual([]);
      expect(isGood(figures)).toBe(true);
    },
    HANG_MS,
  );
});

describe('the check itself', () => {
  /** Violations of a short run whose processes write down something else than what happened. */
  const whenLying = async (lie: string, side: string, pattern: RegExp, more = {}) => {
    const base = { sides: [side], seed, rounds: 1, syscalls: false, pattern, lie, noticedWithinMs: 1_500 };
    const options = { ...base, ...more };
    const groups = await campaign(options);
    expect(isGood(figuresOf(groups, { seed, seconds: 0 }))).toBe(false);
    return groups.flatMap(({ violations }) => violations).join('\n');
  };

  test('sees an execution that is denied', async () => {
    const found = await whenLying('never-executed', 'server', /^receive\.(taken|delivered)$/);
    expect(found).toMatch(/server kill at receive\.\w+:\d+: ran, but its error says maybeExecuted: false/);
  });

  test('sees an answer that got lost', async () => {
    const found = await whenLying('lost-answer', 'server', /^reply\.sent$/);
    expect(found).toMatch(/was answered, and the answer got lost/);
  });

  test('sees an answer that comes twice', async () => {
    const found = await whenLying('double-answer', 'client', /^send\.published$/);
    expect(found).toMatch(/ended 2 times/);
  });

  test('sees a one-way call that never runs', async () => {
    const stopped = { action: 'stop', passage: 1 };
    const found = await whenLying('unexecuted', 'client', /^send\.published$/, stopped);
    expect(found).toMatch(/client stop at send\.published:1: a one-way call got lost: /);
  });

  test('sees a death that nobody notices', async () => {
    const found = await whenLying('deaf', 'client', /^close\.asked$/);
    expect(found).toMatch(/client kill at close\.asked:\d+: the server did not notice the death: /);
  });

  test('sees who does not go on, and says what it was doing', async () => {
    const forGood = { action: 'stop', passage: 1, hangMs: 1_500 };
    const found = await whenLying('left-stopped', 'client', /^send\.published$/, forGood);
    expect(found).toMatch(/client stop at send\.published:1: the client hung\n +\d+ [\w-]+: T \(stopped\)/);
  });

  test('sees what goes wrong while a name is taken over', async () => {
    const found = await whenLying('lost-answer', 'takeover', /^takeover\.lock-given$/);
    expect(found).toMatch(/takeover kill at takeover\.lock-given:\d+: was answered, and the answer got lost/);
  });

  test('sees a place that is never passed', async () => {
    const options = { sides: ['client'] as const, seed, rounds: 1, syscalls: false, pattern: /^send\.over$/ };
    const groups = await campaign(options);
    const unfired = groups.map((group) => ({
      ...group,
      results: group.results.map((result) => ({ ...result, fired: false })),
    }));
    const figures = figuresOf(unfired, { seed, seconds: 0 });
    expect(figures.rows[0]?.unreached).toEqual(['send.over']);
    expect(isGood(figures)).toBe(false);
  });
});
