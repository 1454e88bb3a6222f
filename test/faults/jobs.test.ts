import { describe, expect, test } from 'vitest';
import { ATTEMPTS, again, makeJobs, placesOf } from './lib/jobs.mjs';
import { readOptions } from './lib/options.mjs';
import { pointsOf } from './lib/places.mjs';
import { randomFrom } from './lib/random.mjs';

const places = new Map([
  ['send.published', 30],
  ['close.shut', 1],
]);
const jobsOf = (
  seed: number,
  { rounds = { kill: 9, stop: 2 } as object, passage = undefined as number | undefined } = {},
) => makeJobs({ side: 'client', kind: 'failpoint', places, rounds, passage, random: randomFrom(seed) });

describe('jobs', () => {
  test('kill and stop at every place, as often as was asked for', () => {
    const counts = new Map<string, number>();
    for (const { place, action, passage } of jobsOf(1)) {
      counts.set(`${action} ${place}`, (counts.get(`${action} ${place}`) ?? 0) + 1);
      expect(passage).toBeGreaterThan(0);
      expect(passage).toBeLessThanOrEqual(places.get(place) ?? 0);
    }
    expect(Object.fromEntries(counts)).toEqual({
      'kill send.published': 9,
      'kill close.shut': 9,
      'stop send.published': 2,
      'stop close.shut': 2,
    });
  });

  test('are the same for the same seed, and others for another', () => {
    expect(jobsOf(1)).toEqual(jobsOf(1));
    expect(jobsOf(1)).not.toEqual(jobsOf(2));
  });

  test('do one thing only, always at one passage, where that is asked for', () => {
    const jobs = jobsOf(1, { rounds: { stop: 3 }, passage: 7 });
    expect(jobs.map(({ action, passage }) => `${action} ${passage}`)).toEqual(Array(6).fill('stop 7'));
  });

  test('that did not come to their place are tried again, earlier, and not for ever', () => {
    const passages = [];
    for (let job = { ...jobsOf(1)[0], passage: 17, attempt: 1 }; job !== undefined; job = again(job))
      passages.push(job.passage);
    expect(passages).toHaveLength(ATTEMPTS);
    expect(passages[1]).toBe(9);
    expect(passages.at(-1)).toBe(1);
  });
});

test('a failpoint that no life has passed is missing, a system call never is', () => {
  const all = new Map(pointsOf('server').map((name: string) => [name, 1]));
  all.delete('server.ready.sent');
  all.delete('park.stored');
  const find = (what: object) =>
    placesOf({ side: 'server', kind: 'failpoint', passages: all, pattern: undefined, ...what });
  expect(find({}).missing.sort()).toEqual(['park.stored', 'server.ready.sent']);
  expect(find({ pattern: /^park/ }).missing).toEqual(['park.stored']);
  expect(find({ kind: 'syscall' }).missing).toEqual([]);
});

describe('the command line', () => {
  test('has defaults, and keeps what is said', () => {
    expect(readOptions([])).toMatchObject({
      rounds: 2,
      long: false,
      syscalls: true,
      sides: ['client', 'server', 'takeover'],
    });
    const said = readOptions(['--points', '^send', '--seed', '7', '--side', 'server', '--no-syscalls']);
    expect(said).toMatchObject({ pattern: /^send/, seed: 7, sides: ['server'], syscalls: false });
    expect(readOptions(['--action', 'stop', '--passage', '11'])).toMatchObject({
      action: 'stop',
      passage: 11,
    });
  });

  test.each([
    [['--rounds', '0'], /--rounds is 0/],
    [['--minutes', '0'], /--minutes is 0/],
    [['--seed', 'x'], /--seed is x/],
    [['--side', 'both'], /--side is both/],
    [['--action', 'wait'], /--action is wait/],
    [['--passage', '0'], /--passage is 0/],
    [['--points', '('], /--points: /],
    [['--often'], /--often/],
  ])('%j is refused in one sentence', (args, problem) => {
    expect(readOptions(args).problem).toMatch(problem);
  });
});
