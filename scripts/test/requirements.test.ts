import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingRequirement } from '../lib/requirements.mjs';

const bootstrap = path.resolve(import.meta.dirname, '..', 'bootstrap.mjs');
const here = { platform: 'linux', arch: 'x64', versions: { node: '20.20.0' }, env: {} };

describe('what no command can tell', () => {
  it.each([
    [{ platform: 'darwin' }, 'needs Linux, this is darwin'],
    [{ arch: 'ia32' }, 'x64 or arm64 processor, this is ia32'],
    [{ versions: { node: '18.20.4' } }, 'Node 20.20 or later is needed, this is 18.20.4'],
    [{ versions: { node: '20.9.0' } }, 'Node 20.20 or later is needed, this is 20.9.0'],
  ])('%o', (difference, sentence) => {
    expect(missingRequirement({ ...here, ...difference })).toContain(sentence);
  });

  it('accepts this machine, and later versions of Node', () => {
    expect(missingRequirement(here)).toBeUndefined();
    expect(missingRequirement({ ...here, versions: { node: '26.0.0' } })).toBeUndefined();
  });
});

describe('a command that is missing', () => {
  let bin: string;
  beforeEach(() => {
    bin = mkdtempSync(path.join(tmpdir(), 'doorcall-path-'));
  });
  afterEach(() => rmSync(bin, { recursive: true }));

  /** Puts a command on the only folder of PATH that answers --version like the real one. */
  const provide = (command: string, answer = '99') => {
    writeFileSync(path.join(bin, command), `#!/bin/sh\necho ${answer}\n`, { mode: 0o755 });
  };

  it.each([
    [[], 'npm is not on PATH'],
    [['npm'], 'python3 is not on PATH'],
    [['npm', 'python3'], 'make is not on PATH'],
    [['npm', 'python3', 'make'], 'no C++ compiler: g++ does not run'],
  ])('with only %o', (commands, sentence) => {
    for (const command of commands) provide(command);
    const { status, stdout, stderr } = spawnSync(process.execPath, [bootstrap, 'build'], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^doorcall: .*\n$/);
    expect(stderr).toContain(sentence);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('also is one that is too old', () => {
    for (const command of ['npm', 'python3', 'make']) provide(command);
    provide('g++', '9');
    const { stderr } = spawnSync(process.execPath, [bootstrap, 'build'], {
      env: { PATH: bin },
      encoding: 'utf8',
    });
    expect(stderr).toContain('g++ is version 9; 11 or later is needed');
  });
});

it('an unknown task is named', () => {
  const { status, stderr } = spawnSync(process.execPath, [bootstrap, 'biuld'], { encoding: 'utf8' });
  expect(stderr).toContain('no task named biuld');
  expect(status).toBe(2);
});
