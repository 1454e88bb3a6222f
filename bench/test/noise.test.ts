import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { judge, NoiseWatch, type Observed, spreadPercent } from '../src/noise.js';

const quiet: Observed = {
  loadBeforePerCore: 0.1,
  spinSpreadPercent: 3,
  stolenPercent: 0.1,
  othersPercent: 1,
  unstablePercent: 10,
  loadAfter: 1,
};

describe('the verdict on noise', () => {
  it('trusts a quiet machine', () => {
    expect(judge(quiet)).toMatchObject({
      trusted: true,
      reasons: [],
      spinSpreadPercent: 3,
      stolenPercent: 0.1,
    });
  });

  it.each<[Partial<Observed>, RegExp]>([
    [{ loadBeforePerCore: 0.9 }, /something else was running before: a load of 0\.90 per CPU/],
    [{ othersPercent: 30 }, /other processes used 30 % of the CPUs between the trials/],
    [{ spinSpreadPercent: 40 }, /took times 40 % apart/],
    [{ stolenPercent: 5.25 }, /gave 5\.3 % of the CPUs' time to others/],
    [{ unstablePercent: 75 }, /75 % of the warm-ups came to no stable rate/],
  ])('says what is wrong: %o', (wrong, reason) => {
    const { trusted, reasons } = judge({ ...quiet, ...wrong });
    expect(trusted).toBe(false);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(reason);
  });

  it('sees another process that computes between the trials', async () => {
    const busy = Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'process.stdout.write("."); for (;;);'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    try {
      await Promise.all(busy.map(({ stdout }) => once(stdout!, 'data')));
      const watch = new NoiseWatch();
      for (let i = 0; i < 5; i++) await watch.betweenTrials();
      const { trusted, reasons } = watch.finish({ loadBefore: [0, 0, 0], cores: availableParallelism() });
      expect(trusted).toBe(false);
      expect(reasons.join()).toMatch(/other processes used \d+ % of the CPUs/);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  });
});

describe('the spread of a fixed computation', () => {
  it('is from the 10th to the 90th percentile, of the median', () => {
    expect(spreadPercent([10, 10, 10, 10, 10, 10, 10, 10, 10, 10])).toBe(0);
    expect(spreadPercent([8, 9, 10, 10, 10, 10, 10, 10, 11, 30])).toBeCloseTo(30);
  });

  it('of a single one is nothing', () => {
    expect(spreadPercent([5])).toBe(0);
  });
});
