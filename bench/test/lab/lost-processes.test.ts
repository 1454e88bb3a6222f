/** Processes of a trial that hang or die in its middle, as they are built: they are started by file name. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Point } from '../../src/lab/results.js';

const dist = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;
const { runTrial }: typeof import('../../src/lab/trial.js') = await import(dist('lab/trial.js'));
const { suites }: typeof import('../../src/lab/suites/index.js') = await import(dist('lab/suites/index.js'));
const { loadCallable }: typeof import('../../src/transports.js') = await import(dist('transports.js'));

let options: string | undefined;
beforeEach(() => {
  options = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--require ${fileURLToPath(new URL('./spins-on-signal.cjs', import.meta.url))}`;
});
afterEach(() => {
  if (options === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = options;
});

/** Of the processes of a trial that run now. */
function pidOf(role: 'client' | 'server'): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return Number(
    children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${role}-program`)),
  );
}

const points: Point[] = [0, 64, 1_024].map((payloadBytes) => ({ series: 'typed', payloadBytes }));

/** A trial, with something that happens when its second point begins. */
async function trial(atSecondPoint: () => void) {
  const measured: Point[] = [];
  const failed: [point: Point, reason: string][] = [];
  const plan = {
    suite: suites.latency,
    points,
    transport: 'net-unix',
    windowMs: 20,
    placement: 'free' as const,
  };
  await runTrial(
    'net-unix',
    await loadCallable('net-unix'),
    { ...plan, stepSeconds: 3 },
    {
      begin(point) {
        if (point === points[1]) atSecondPoint();
      },
      measured: (point) => measured.push(point),
      failed: (all, error) =>
        failed.push(...all.map((point) => [point, (error as Error).message] as [Point, string])),
      stable() {},
    },
    new AbortController().signal,
  );
  return { measured, failed };
}

describe.each(['server', 'client'] as const)('a %s', (role) => {
  it.each([
    ['hangs busy', 'SIGUSR2', /^no result within 3 s$/],
    ['dies', 'SIGKILL', new RegExp(`^${role}-0 ended \\(SIGKILL\\)$`)],
  ] as const)(
    'that %s costs its own points, is gone afterwards, and no later trial',
    async (_, signal, reason) => {
      const pids: number[] = [];
      const { measured, failed } = await trial(() => {
        pids.push(pidOf('server'), pidOf('client'));
        process.kill(pidOf(role), signal);
      });
      expect(measured).toEqual([points[0]]);
      expect(failed).toEqual([
        [points[1], expect.stringMatching(reason)],
        [points[2], expect.stringMatching(reason)],
      ]);
      expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      expect(await trial(() => {})).toEqual({ measured: points, failed: [] });
    },
    60_000,
  );
});
