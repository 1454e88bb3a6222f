import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CodegenError } from '../../src/codegen-error.js';
import { compareFiles, writeFiles } from '../../src/files.js';
import { project } from '../load/support/project.js';

it('writes what is missing or stale, and leaves alone what is current', async () => {
  const made = project({ 'current.ts': 'a', 'stale.ts': 'b' });
  const before = statSync(made.at('current.ts'));
  const wanted = ['current.ts', 'stale.ts', 'deep/er/missing.ts'].map((name) => ({
    path: made.at(name),
    text: 'a',
    kind: 'service' as const,
  }));
  const compared = await compareFiles(wanted);
  expect(compared.map(({ state, found }) => [state, found])).toEqual([
    ['current', 'a'],
    ['stale', 'b'],
    ['missing', ''],
  ]);
  await writeFiles(compared);
  expect(wanted.map(({ path }) => readFileSync(path, 'utf8'))).toEqual(['a', 'a', 'a']);
  const after = statSync(made.at('current.ts'));
  expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  expect((await compareFiles(wanted)).map(({ state }) => state)).toEqual(['current', 'current', 'current']);
});

it('replaces a file as a whole, with its permissions, and leaves nothing else behind', async () => {
  const made = project({ 'out/a.ts': 'old' });
  chmodSync(made.at('out/a.ts'), 0o640);
  const before = statSync(made.at('out/a.ts'));
  await writeFiles(await compareFiles([{ path: made.at('out/a.ts'), text: 'new', kind: 'service' }]));
  const after = statSync(made.at('out/a.ts'));
  expect(after.ino).not.toBe(before.ino);
  expect(after.mode).toBe(before.mode);
  expect(readdirSync(made.at('out'))).toEqual(['a.ts']);
});

it('names the file that it cannot write', async () => {
  const made = project({ out: 'a file where a folder should be' });
  const file = { path: made.at('out/a.ts'), text: 'a', kind: 'service' as const };
  const error = await writeFiles([{ ...file, state: 'missing', found: '' }]).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodegenError);
  expect(error).toMatchObject({ kind: 'write', file: made.at('out/a.ts') });
  mkdirSync(made.at('b.ts'));
  await expect(compareFiles([{ ...file, path: made.at('b.ts') }])).rejects.toThrow('cannot be read');
});
