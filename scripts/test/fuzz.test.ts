import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
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

const script = path.resolve(import.meta.dirname, '..', 'fuzz.mjs');

it('that is interrupted says so, and leaves no folder', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'fuzz-script-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [bin, temporary] = [path.join(root, 'bin'), path.join(root, 'tmp')];
  for (const folder of [bin, temporary]) mkdirSync(folder);
  // All is built.
  writeFileSync(path.join(bin, 'turbo'), '#!/bin/sh\n', { mode: 0o755 });
  const child = spawn(process.execPath, [script, '--target', 'mutated-client', '--seconds', '600'], {
    env: { ...process.env, TMPDIR: temporary, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  while (readdirSync(temporary).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  expect(output).toContain('fuzz: 0 findings; interrupted');
  expect(code).toBe(130);
  expect(readdirSync(temporary)).toEqual([]);
});

it('a target that there is not, and time that is none, are wrong use', () => {
  expect(readOptions(['--target', 'recods'], ['records']).problem).toBe('there is no target recods');
  expect(readOptions(['--seconds', '0'], ['records']).problem).toContain('a whole number from 1 up');
  expect(spawnSync(process.execPath, [script, '--target', 'recods']).status).toBe(2);
});
