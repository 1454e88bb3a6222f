import { expect, test } from 'vitest';
import { sentencesOf } from '../src/report/summary.js';
import type { SoakResult } from '../src/result.js';

const totals = { begun: 10, succeeded: 6, failed: 2, notExecuted: 1, executed: 8, sent: 0, abandoned: 1 };
const result: SoakResult = {
  command: 'npm run soak',
  seed: 1,
  seconds: 60,
  interrupted: false,
  pressed: true,
  environment: { cpu: 'x', cpus: 2, memoryGiB: 4, kernel: '6', node: 'v20', commit: null, date: '' },
  totals,
  failures: { UNAVAILABLE: 3 },
  happenings: [
    { at: 1, what: 'server killed' },
    { at: 2, what: 'server killed' },
  ],
  steps: [],
  drift: [{ kind: 'unary', first: 1_500, last: 20_000 }],
  rssSlope: -0.5,
  violationCount: 0,
  violations: [],
};

const step = (samples: SoakResult['steps'][number]['samples']) => ({
  ...{ at: 1, pressure: 'none' as const, succeeded: 1, failed: 0, times: {} },
  samples,
});

test('memory and descriptors are told of the first and the last time that a process was seen', () => {
  const steps = [
    step({ 'server anchor': { rssMiB: 80.5, fds: 20 } }),
    step({ 'server anchor': { rssMiB: 99, fds: 50 }, 'client 1': { rssMiB: 60, fds: 31 } }),
    step({ 'server anchor': { rssMiB: 82, fds: 21 } }),
  ];
  expect(sentencesOf({ ...result, steps })).toContain(
    'Memory (RSS) and open descriptors, first → last step: client 1 60 → 60 MiB, 31 → 31; server anchor 80.5 → 82 MiB, 20 → 21.',
  );
});

test('a result is told in words', () => {
  expect(sentencesOf(result)).toEqual([
    '10 calls in 60 s: 6 succeeded, 0 were one-way, 3 failed (UNAVAILABLE 3), 1 ended with their client.',
    '2 disturbances: server killed 2 ×; CPU and memory under pressure by turns.',
    'p99 in calm steps, first third → last third: unary 1.5 ms → 20 ms.',
    'Memory of the server that lived throughout, second half: -0.5 MiB/h.',
    'No violation: every call is accounted for once, nothing was executed twice, what has an order kept it, and nothing was left open.',
  ]);
  expect(sentencesOf({ ...result, violationCount: 2 }).at(-1)).toBe('2 VIOLATIONS.');
});
