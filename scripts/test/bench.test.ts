/** What `npm run bench` says before its first run, which has to build. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

/** A repository with the scripts, and a build that does nothing. */
function repository(): string {
  const root = mkdtempSync(path.join(tmpdir(), 'bench-script-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  cpSync(path.resolve(import.meta.dirname, '..'), path.join(root, 'scripts'), { recursive: true });
  mkdirSync(path.join(root, 'bin'));
  writeFileSync(path.join(root, 'bin/turbo'), '#!/bin/sh\nexit 0\n');
  chmodSync(path.join(root, 'bin/turbo'), 0o755);
  return root;
}

const bench = (root: string) =>
  spawnSync(process.execPath, [path.join(root, 'scripts/bench.mjs'), '--help'], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${path.join(root, 'bin')}${path.delimiter}${process.env.PATH}` },
  });

it('says that it builds first, where nothing is built, and nothing where all is', () => {
  const root = repository();
  expect(bench(root).stderr).toContain('Building the bench first');
  mkdirSync(path.join(root, 'bench/dist'), { recursive: true });
  writeFileSync(path.join(root, 'bench/dist/cli.js'), 'console.log(process.argv[2]);');
  expect(bench(root)).toMatchObject({ status: 0, stdout: '--help\n', stderr: '' });
});
