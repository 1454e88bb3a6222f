import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { addonPoints } from './lib/places.mjs';

const native = fileURLToPath(new URL('../../packages/native/', import.meta.url));
const built = (kind: 'Release' | 'Debug') => path.join(native, 'addon', 'build', kind, 'doorcall.node');

describe('failpoints', () => {
  test('are in the debug build, every one of them', () => {
    const binary = readFileSync(built('Debug'));
    expect(addonPoints().filter((name) => !binary.includes(`${name}\0`))).toEqual([]);
    expect(binary.includes('DOORCALL_FAILPOINT')).toBe(true);
  });

  test('are not in the release build, not one of them', () => {
    const binary = readFileSync(built('Release'));
    expect(addonPoints().length).toBeGreaterThan(50);
    expect(addonPoints().filter((name) => binary.includes(name))).toEqual([]);
    expect(binary.includes('FAILPOINT')).toBe(false);
  });
});

describe('DOORCALL_DEBUG_BUILD', () => {
  /** The addon that a process loads. */
  const loaded = (packageRoot: string, value: string): string => {
    const code =
      `require(${JSON.stringify(path.join(packageRoot, 'lib', 'index.cjs'))}).loadNative();` +
      `console.log(Object.keys(require.cache).find((file) => file.endsWith('.node')))`;
    const env = { ...process.env, DOORCALL_DEBUG_BUILD: value };
    return execFileSync(process.execPath, ['-e', code], { env, encoding: 'utf8' }).trim();
  };

  test('chooses the debug build in a checkout', () => {
    expect(loaded(native, '1')).toBe(built('Debug'));
    expect(loaded(native, '')).toBe(built('Release'));
  });

  test('does nothing in a published package', () => {
    const root = mkdtempSync(path.join(os.tmpdir(), 'doorcall-published-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    for (const part of ['lib', 'package.json'])
      cpSync(path.join(native, part), path.join(root, part), { recursive: true });
    symlinkSync(path.join(native, 'node_modules'), path.join(root, 'node_modules'));
    const prebuild = path.join(root, 'prebuilds', `linux-${process.arch}`, 'doorcall.node');
    mkdirSync(path.dirname(prebuild), { recursive: true });
    cpSync(built('Release'), prebuild);
    expect(loaded(root, '1')).toBe(prebuild);
  });
});
