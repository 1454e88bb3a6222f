import { expect, it } from 'vitest';
import { freshProcesses, hasSettled, isStable, warmUpUntilStable } from '../../src/lab/warm-up.js';

it.each<[number[], boolean]>([
  [[100, 100], false],
  [[100, 100, 100], true],
  [[10, 60, 97, 100, 99], true],
  [[97, 100, 99, 130], false],
  [[100, 94.5, 97], true],
  [[100, 93, 97], false],
])('the rates %j are stable: %s', (rates, stable) => {
  expect(isStable(rates)).toBe(stable);
});

it.each<[number[], boolean]>([
  [[90, 108, 99, 107, 90, 101], true],
  [[90, 108, 99, 90, 100, 85], true],
  [[60, 75, 80, 84, 92, 99], false],
  [[80, 100, 90, 89, 99, 93], false],
  [[107, 90, 101], false],
])('the rates %j have settled: %s', (rates, settled) => {
  expect(hasSettled(rates)).toBe(settled);
});

it('ends once noisy rates do not grow any more, but not in the first second and a half', async () => {
  const { windowMs, minMs, settledMs, maxMs } = freshProcesses(1);
  expect([minMs, settledMs, maxMs]).toEqual([750, 1_500, 3_000]);
  const noisy = (settled: number) => {
    const start = performance.now();
    let i = 0;
    const call = async () => {
      const end = performance.now() + 5;
      while (performance.now() < end);
      return [100, 120][i++ % 2]!;
    };
    return warmUpUntilStable(call, { windowMs, minMs: 0, settledMs: settled, maxMs: 300 }).then((stable) => ({
      stable,
      ms: performance.now() - start,
    }));
  };
  const early = await noisy(100);
  expect(early.stable).toBe(true);
  expect(early.ms).toBeGreaterThanOrEqual(100);
  // It never does within the time that there is.
  const never = await noisy(1_000);
  expect(never.stable).toBe(false);
  expect(never.ms).toBeGreaterThanOrEqual(300);
});
