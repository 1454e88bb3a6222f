import { describe, expect, test } from 'vitest';
import { judgeCall, percentile, waitsForTheDead } from './lib/judge.mjs';

const SURVIVOR = { allowed: ['UNAVAILABLE'], callerDied: false };
const ok = { code: 'OK', maybeExecuted: true, ns: 0n };
const cutOff = { code: 'UNAVAILABLE', maybeExecuted: true, ns: 0n };
const notTaken = { code: 'UNAVAILABLE', maybeExecuted: false, ns: 0n };
const call = (what: object) => ({
  id: 'c1.1',
  kind: 'work',
  caller: 1,
  outcomes: [],
  executions: [],
  replied: false,
  ...what,
});

describe('a call', () => {
  test.each([
    ['that is answered', { outcomes: [ok], executions: [7], replied: true }],
    ['that ran and was cut off', { outcomes: [cutOff], executions: [7] }],
    ['that never ran and was cut off', { outcomes: [cutOff] }],
    ['that was not taken', { outcomes: [notTaken] }],
    ['that still runs', { executions: [7] }],
    ['that is one-way and has left', { kind: 'note', outcomes: [ok] }],
  ])('%s is in order', (_, what) => {
    expect(judgeCall(call(what), SURVIVOR)).toEqual([]);
  });

  test.each([
    ['an execution that is denied', { outcomes: [notTaken], executions: [7] }, /maybeExecuted: false/],
    ['two executions', { outcomes: [ok], executions: [7, 8] }, /ran 2 times/],
    ['two answers', { outcomes: [ok, ok], executions: [7] }, /ended 2 times/],
    ['an answer from nowhere', { outcomes: [ok] }, /never ran/],
    ['a wrong answer', { outcomes: [{ ...ok, code: 'WRONG' }], executions: [7] }, /something else/],
    ['a deadline', { outcomes: [{ ...cutOff, code: 'DEADLINE_EXCEEDED' }] }, /ended with DEADLINE_EXCEEDED/],
    ['a lost answer', { outcomes: [cutOff], executions: [7], replied: true }, /got lost/],
  ])('with %s is a violation', (_, what, violation) => {
    expect(judgeCall(call(what), SURVIVOR)).toEqual([expect.stringMatching(violation)]);
  });

  test('whose caller was killed may not know its answer', () => {
    const lost = call({ outcomes: [cutOff], executions: [7], replied: true });
    expect(judgeCall(lost, { ...SURVIVOR, callerDied: true })).toEqual([]);
  });

  test('that ran at a dead server must end, one that never ran there may wait for the next', () => {
    expect(waitsForTheDead(call({ executions: [7] }), 7)).toBe(true);
    expect(waitsForTheDead(call({ executions: [8] }), 7)).toBe(false);
    expect(waitsForTheDead(call({}), 7)).toBe(false);
    expect(waitsForTheDead(call({ executions: [7], outcomes: [cutOff] }), 7)).toBe(false);
  });
});

test('percentiles', () => {
  expect(percentile([3, 1, 2, 4], 0.5)).toBe(3);
  expect(percentile([3, 1, 2, 4], 0.99)).toBe(4);
  expect(percentile([], 0.5)).toBeUndefined();
});
