import { describe, expect, it } from 'vitest';
import { judge } from '../../src/guard/judge.js';
import type { Guarded } from '../../src/guard/plan.js';
import { rounds, runOf } from '../lab/made-up.js';

const all: readonly Guarded[] = [{ transport: 'ours', reference: 'yardstick' }];
const point = { placement: 'apart' } as const;
const p50 = (transport: string, ...values: number[]) =>
  rounds('placement', point, transport, 'p50Us', values);

const yardstick = [4, 4.1, 3.9, 4, 4.2, 3.8, 4];
const quiet = [2, 2.1, 1.9, 2, 2.05, 1.95, 2];
const times = (values: readonly number[], factor: number) => values.map((value) => value * factor);
const run = (ours: readonly number[], other: readonly number[] = yardstick) =>
  runOf([...p50('ours', ...ours), ...p50('yardstick', ...other)]);
const before = run(quiet);

describe('a run', () => {
  it('is slower when calls take twice as long and the yardstick does not', () => {
    const judgement = judge(before, [run(times(quiet, 2))], all);
    expect(judgement.verdict).toBe('slower');
    expect(judgement.comparisons[0]!.slowdown.median).toBeCloseTo(2, 1);
  });

  it('is no slower on a machine on which all takes three times as long', () => {
    expect(judge(before, [run(times(quiet, 3), times(yardstick, 3))], all).verdict).toBe('fast');
  });

  it('is no slower within the margin, nor when only some rounds are', () => {
    expect(judge(before, [run(times(quiet, 1.3))], all).verdict).toBe('fast');
    expect(judge(before, [run([4, 4, 2, 2, 2, 1.9, 2.1])], all).verdict).not.toBe('slower');
  });

  it('is unclear when it may be nothing and may be twice', () => {
    const judgement = judge(before, [run([2, 5, 2, 5, 2, 5, 5])], all);
    expect(judgement.verdict).toBe('unclear');
    expect(judgement.reasons.join()).toMatch(/^ours is [\d.]+ to [\d.]+ times as slow: that may be nothing/);
  });

  it('is unclear when the yardstick itself wavers, however slow the calls', () => {
    const judgement = judge(before, [run(times(quiet, 9), [4, 9, 3.5, 10, 4, 8, 12])], all);
    expect(judgement.verdict).toBe('unclear');
    expect(judgement.reasons.join()).toContain('yardstick, which never changes');
    // One round that went wrong does not matter.
    expect(judge(before, [run(quiet, [...yardstick.slice(1), 9_000])], all).verdict).toBe('fast');
  });

  describe('in which calls waited for the scheduler', () => {
    const waiting = (othersPercent: number, rounds: number) => {
      const slow = run([...Array(rounds).fill(60), ...quiet.slice(rounds)]);
      const trials = slow.trials.map((trial) => ({
        ...trial,
        figures: { ...trial.figures, contextSwitchesPerCall: trial.figures.p50Us! > 50 ? 1.9 : 0.02 },
      }));
      return { ...slow, trials, noise: { ...slow.noise, othersPercent } };
    };

    it('goes by the other rounds beside other processes', () => {
      const judgement = judge(before, [waiting(60, 3)], all);
      expect(judgement.verdict).toBe('fast');
      expect(judgement.comparisons[0]!.slowdown.rounds).toBe(4);
    });

    it('is unclear there when hardly any round is left', () => {
      expect(judge(before, [waiting(60, 4)], all).reasons).toEqual([
        'ours or its reference waited for the scheduler in all but 3 of the rounds, beside other processes',
      ]);
      expect(judge(before, [waiting(60, 7)], all)).toMatchObject({
        verdict: 'unclear',
        reasons: ['ours or its reference waited for the scheduler in every round'],
      });
    });

    it('is slower where nothing else runs', () => {
      expect(judge(before, [waiting(2, 7)], all).verdict).toBe('slower');
    });
  });

  it('is broken when something could not be measured', () => {
    const gap = { suite: 'placement', transport: 'ours', round: 0, reason: 'client-0 ended' } as const;
    const judgement = judge(before, [{ ...run(quiet), gaps: [gap] }], all);
    expect(judgement).toMatchObject({
      verdict: 'broken',
      reasons: ['ours could not be measured: client-0 ended'],
    });
    expect(judge(before, [runOf(p50('yardstick', ...yardstick))], all).verdict).toBe('broken');
    expect(judge(runOf([]), [run(quiet)], all).verdict).toBe('broken');
  });

  it('is slower when one of several transports is', () => {
    const two = [...all, { transport: 'other', reference: 'yardstick' }];
    const both = (factor: number) =>
      runOf([
        ...p50('ours', ...quiet),
        ...p50('other', ...times(quiet, factor)),
        ...p50('yardstick', ...yardstick),
      ]);
    expect(judge(both(1), [both(1)], two).verdict).toBe('fast');
    expect(judge(both(1), [both(2)], two).verdict).toBe('slower');
    // Whatever there is to say of the other one.
    const wavering = [...p50('ours', 2, 5, 2, 5, 2, 5, 5), ...both(2).trials.slice(quiet.length)];
    expect(judge(both(1), [runOf(wavering)], two)).toMatchObject({
      verdict: 'slower',
      reasons: [expect.stringMatching(/^ours is/)],
    });
  });
});

describe('two runs', () => {
  const slow = run(times(quiet, 2.5));

  it('are slower together when both are', () => {
    expect(judge(before, [slow, slow], all).verdict).toBe('slower');
    expect(judge(before, [slow, slow], all).comparisons[0]!.slowdown.rounds).toBe(7);
  });

  it('are not when only one of them is', () => {
    expect(judge(before, [slow, before], all).verdict).toBe('unclear');
    expect(judge(before, [before, slow], all).verdict).toBe('unclear');
  });

  it('are broken when one of them is', () => {
    const gap = { suite: 'placement', transport: 'ours', round: 0, reason: 'client-0 ended' } as const;
    expect(judge(before, [slow, { ...before, gaps: [gap] }], all).verdict).toBe('broken');
  });

  it('tell together what neither tells alone, beside other processes', () => {
    const some = (factor: number) => {
      const noisy = run([...Array(4).fill(60), ...times(quiet, factor).slice(4)]);
      const trials = noisy.trials.map((trial) => ({
        ...trial,
        figures: { ...trial.figures, contextSwitchesPerCall: trial.figures.p50Us === 60 ? 1.9 : 0.02 },
      }));
      return { ...noisy, trials, noise: { ...noisy.noise, othersPercent: 60 } };
    };
    expect(judge(before, [some(1)], all).verdict).toBe('unclear');
    expect(judge(before, [some(1), some(1)], all).verdict).toBe('fast');
    expect(judge(before, [some(2), some(2)], all).verdict).toBe('slower');
  });
});
