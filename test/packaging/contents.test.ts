import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { crossCompiled, run } from './pack.js';

const tarballs = inject('tarballs');
const filesOf = (tarball: string): string[] =>
  run('tar', ['-tzf', tarball], '/')
    .trim()
    .split('\n')
    .map((name) => name.replace('package/', ''));
const manifestOf = (tarball: string) =>
  JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json'], '/')) as Record<string, unknown>;

describe.each(['core', 'native', 'codegen', 'load', 'cli'] as const)('the tarball of %s', (name) => {
  const files = filesOf(tarballs[name]);
  const manifest = manifestOf(tarballs[name]);

  it('runs nothing at install time and gives npm no reason to compile', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
    const scripts = Object.keys((manifest.scripts ?? {}) as object);
    expect(scripts.filter((script) => hooks.includes(script))).toEqual([]);
    expect(files.filter((file) => file.endsWith('.gyp'))).toEqual([]);
  });

  it('names real versions, and carries its licence', () => {
    expect(JSON.stringify(manifest.dependencies)).not.toMatch(/workspace:|catalog:/);
    expect(files).toContain('LICENSE');
  });

  it('carries no tests, build folders or type errors in waiting', () => {
    expect(files.filter((file) => /(^|\/)(test|build|node_modules|\.turbo)\//.test(file))).toEqual([]);
    expect(files.some((file) => file.endsWith('index.d.ts'))).toBe(true);
  });
});

it.each(['core', 'codegen', 'load', 'cli'] as const)(
  'the tarball of %s carries nothing whose source is gone',
  (name) => {
    const files = filesOf(tarballs[name]);
    const compiled = files.filter((file) => file.startsWith('dist/') && file.endsWith('.js'));
    const sourceOf = (file: string) => file.replace('dist/', 'src/').replace(/\.js$/, '.ts');
    // When this fails, remove the package's dist and build again.
    expect(compiled.filter((file) => !files.includes(sourceOf(file)))).toEqual([]);
  },
);

it('the native tarball carries a binary for this machine', () => {
  const binaries = filesOf(tarballs.native).filter((file) => file.endsWith('.node'));
  expect(binaries.filter((file) => file.startsWith(`prebuilds/linux-${process.arch}/`))).not.toEqual([]);
});

describe.runIf(crossCompiled)('the cross-compiled binaries', () => {
  it('serve both processors and both C libraries', () => {
    const binaries = filesOf(tarballs.native).filter((file) => file.endsWith('.node'));
    expect(binaries.sort()).toEqual(
      ['arm64', 'x64'].flatMap((arch) =>
        ['glibc', 'musl'].map((libc) => `prebuilds/linux-${arch}/@doorcall+native.${libc}.node`),
      ),
    );
  });

  it.each(['arm64', 'x64'])('ask glibc for nothing newer than 2.28 (%s)', (arch) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'doorcall-binary-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    run('tar', ['-xzf', tarballs.native, '-C', folder], '/');
    const binary = path.join(folder, 'package', 'prebuilds', `linux-${arch}`, '@doorcall+native.glibc.node');
    const symbols = run('readelf', ['--dyn-syms', '--wide', binary], '/').split('\n');
    const undefinedSymbols = symbols
      .filter((line) => line.includes(' UND '))
      .map((line) => line.split(/\s+/)[8] ?? '');
    const versions = undefinedSymbols.flatMap((symbol) => /@GLIBC_2\.(\d+)/.exec(symbol)?.[1] ?? []);
    expect(versions).not.toEqual([]);
    expect(Math.max(...versions.map(Number))).toBeLessThanOrEqual(28);
    // What no library version promises must come from Node itself.
    const others = undefinedSymbols.filter((symbol) => symbol !== '' && !symbol.includes('@GLIBC_'));
    expect(others.filter((symbol) => !/^(napi|node_api|uv)_/.test(symbol))).toEqual([]);
  });
});
