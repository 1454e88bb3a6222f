import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { judge } from '../../src/guard/judge.js';
import { guarded, referenceRounds } from '../../src/guard/plan.js';
import { readResults } from '../../src/lab/results.js';
import { loadCallable } from '../../src/transports.js';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const committed = fileURLToPath(new URL('../../results/guard.json', import.meta.url));

const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))!;

it('judges nothing on one CPU, and says so', () => {
  const [cpu] = list!.split(/\D/);
  const { status, stdout } = spawnSync('taskset', ['-c', cpu!, process.execPath, cli, 'guard'], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^NOT JUDGED: this machine cannot tell\. .*needs two CPUs/);
  expect(status).toBe(0);
});

it('refuses a file that no run wrote', () => {
  const { status, stderr } = spawnSync(process.execPath, [cli, 'guard', '--against', '/nowhere.json'], {
    encoding: 'utf8',
  });
  expect(stderr).toContain('/nowhere.json: it cannot be read (ENOENT)');
  expect(status).toBe(1);
});

it('has a committed run of all that is guarded, which is not slower than itself', async () => {
  const run = readResults(committed);
  expect(run.rounds).toBe(referenceRounds);
  const { verdict, comparisons } = judge(run, [run], guarded);
  expect(verdict).toBe('fast');
  expect(comparisons.map(({ transport, reference }) => ({ transport, reference }))).toEqual(guarded);
  for (const { slowdown } of comparisons) expect(slowdown.rounds).toBeGreaterThan(referenceRounds / 2);
  for (const { reference } of guarded) expect((await loadCallable(reference)).kind).toBe('peer');
});
