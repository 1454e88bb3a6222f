/** What the root scripts say to who asks for help, or slips: at once, with nothing built or installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The only folder of PATH: neither turbo nor make is there, nor apt-get. */
let bin: string;
beforeAll(() => {
  bin = mkdtempSync(path.join(tmpdir(), 'doorcall-path-'));
  symlinkSync('/bin/sh', path.join(bin, 'sh'));
});
afterAll(() => rmSync(bin, { recursive: true }));

function run(script: string, ...args: readonly string[]) {
  const file = path.resolve(import.meta.dirname, '..', `${script}.mjs`);
  return spawnSync(process.execPath, [file, ...args], { env: { PATH: bin }, encoding: 'utf8' });
}

const scripts = {
  'check-model': 'check:model',
  fuzz: 'fuzz',
  'test-arm64': 'test:arm64',
  'test-faults': 'test:faults',
  'test-hostile': 'test:hostile',
  'test-leaks': 'test:leaks',
  'test-mutants': 'test:mutants',
  'test-node-matrix': 'test:node-matrix',
  'test-overload': 'test:overload',
  'test-ring-stress': 'test:ring-stress',
  'test-sanitizers': 'test:sanitizers',
};

describe.each(Object.entries(scripts))('%s', (script, task) => {
  it('helps', () => {
    const { status, stdout, stderr } = run(script, '--help');
    expect(stderr).toBe('');
    expect(stdout).toMatch(new RegExp(`^npm run ${task} -- \\[`));
    expect(status).toBe(0);
  });

  it('names an option that there is not', () => {
    const { status, stdout, stderr } = run(script, '--lnog');
    expect(stderr).toContain("'--lnog'");
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});

describe('what there is not', () => {
  it.each([
    ['check-model', ['no_such'], 'the model has no variant no_such.'],
    ['test-arm64', ['ring_transfer', 'nosuchfile'], 'there is no C++ test file nosuchfile.'],
    ['test-sanitizers', ['nosuchfile'], 'no C++ test file has nosuchfile in its name.'],
    ['test-mutants', ['--only', 'nosuch'], 'no mutant has nosuch in its name or file.'],
    ['test-node-matrix', ['--only', 'leeks'], '--only: there is no leeks: '],
    ['test-node-matrix', ['22', '18'], "Node 18 is not supported: package.json's engines say "],
    ['test-faults', ['--side', 'both'], '--side is both; '],
    ['test-faults', [], 'strace is not on PATH (Debian: apt install strace).'],
  ])('is named by %s %j', (script, args, sentence) => {
    const { status, stdout, stderr } = run(script, ...args);
    expect(stderr).toMatch(/^doorcall: .*\n$/);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
