/** The counts that the commands end with, and what is printed on the way to them. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../lib/paths.mjs';

function run(...args: readonly string[]) {
  const helper = JSON.stringify(path.resolve(import.meta.dirname, '..', 'lib', 'vitest-tests.mjs'));
  const program =
    `const { runVitest } = await import(${helper});` +
    `console.log(JSON.stringify(await runVitest(${JSON.stringify(args)})));`;
  const bin = path.join(repositoryRoot, 'node_modules', '.bin');
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH}` },
  });
  return { stdout, counts: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') };
}

it('counts, and names no file that is not there any more', () => {
  const { stdout, counts } = run('--project=scripts', 'lock-files');
  expect(counts).toEqual({ passed: 2, failed: 0 });
  expect(stdout).toContain('lock-files.test.ts');
  expect(stdout).not.toContain('report written');
});

it('counts nothing where nothing matches', () => {
  expect(run('--project=scripts', 'lock-files', '-t', 'no such test').counts).toEqual({
    passed: 0,
    failed: 0,
  });
});
