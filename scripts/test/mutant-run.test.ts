import { expect, it } from 'vitest';
import { judge, Unspoiled } from '../lib/mutant-run.mjs';

const mutant = {
  name: 'a mutant',
  file: 'ring/layout.h',
  tests: ['first', 'second'],
  equivalent: 'no reason',
};
const outcome = (green: boolean) => ({ built: true, green, output: 'what it said' });

/** @param spoiled which tests are red with the mutant */
function verdict(spoiled: readonly string[], unspoiled: readonly string[]) {
  const asked: string[] = [];
  const workspace = {
    spoil() {},
    run: async ({ test }: { test: string }) => outcome(!spoiled.includes(test)),
  };
  const plain = new Unspoiled(async ({ test }: { test: string }) => {
    asked.push(test);
    return outcome(!unspoiled.includes(test));
  });
  return { asked, judge: () => judge(workspace, mutant, plain) };
}

it('a test kills that is red with the mutant only', async () => {
  expect(await verdict(['second'], []).judge()).toEqual({ verdict: 'killed', by: 'second' });
});

it('a test that is red with nothing taken out, too, kills nobody', async () => {
  expect((await verdict(['second'], ['second']).judge()).verdict).toBe('doubtful');
});

it('a test is tried once with nothing taken out, and only where it matters', async () => {
  const { asked, judge } = verdict(['second'], []);
  await judge();
  await judge();
  expect(asked).toEqual(['second']);
});
