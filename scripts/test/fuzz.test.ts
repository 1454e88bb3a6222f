import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../fuzz/options.mjs';
import { reportOf } from '../fuzz/report.mjs';

describe('a run of the fuzzers', () => {
  const good = { name: 'records', tried: 7, findings: [] };

  it('is good when every target has tried something and found nothing', () => {
    expect(reportOf([good, { ...good, name: 'codec' }])).toEqual({ line: 'fuzz: 0 findings', code: 0 });
  });

  it('names the targets that have tried nothing', () => {
    const idle = { name: 'mutated-client', tried: 0, findings: [] };
    expect(reportOf([good, idle])).toEqual({
      line: 'fuzz: 0 findings; not tried: mutated-client (give it more --seconds)',
      code: 1,
    });
  });

  it('is red with a finding, also of a target that came no further', () => {
    const found = { name: 'channel', tried: 0, findings: ['it crashed'] };
    expect(reportOf([good, found])).toEqual({ line: 'fuzz: 1 findings', code: 1 });
  });
});

it('a target that there is not, and time that is none, are wrong use', () => {
  expect(readOptions(['--target', 'recods'], ['records']).problem).toBe('there is no target recods');
  expect(readOptions(['--seconds', '0'], ['records']).problem).toContain('a whole number from 1 up');
  const script = path.resolve(import.meta.dirname, '..', 'fuzz.mjs');
  expect(spawnSync(process.execPath, [script, '--target', 'recods']).status).toBe(2);
});
