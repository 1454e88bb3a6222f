import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contract, project } from '../../codegen/test/load/support/project.js';
import { doorcall } from './support/command.js';

const CONFIG =
  "import { defineConfig } from '@doorcall/cli';\n" +
  "export default defineConfig({ contracts: ['src/*.service.ts'] });\n";

describe('doorcall gen', () => {
  it('writes beside a contract, and says so', () => {
    const made = project({ 'src/orders.service.ts': contract('orders') });
    const { exitCode, stdout, stderr } = doorcall(made.folder, 'gen', 'src/orders.service.ts');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('wrote src/orders.gen.ts\n');
    expect(readFileSync(made.at('src/orders.gen.ts'), 'utf8')).toContain("from './orders.service.js'");
  });

  it('takes JavaScript contracts too', () => {
    const made = project({ 'orders.mjs': contract('orders') });
    expect(doorcall(made.folder, 'gen', 'orders.mjs').exitCode).toBe(0);
    expect(readFileSync(made.at('orders.gen.ts'), 'utf8')).toContain("from './orders.mjs'");
  });

  it('takes contracts and folder from the configuration, from anywhere below it', () => {
    const made = project({
      'doorcall.config.ts': CONFIG.replace('] }', "], out: 'generated', importExtension: '.ts' }"),
      'src/orders.service.ts': contract('orders'),
      'src/billing.service.ts': contract('billing'),
    });
    expect(doorcall(made.at('src'), 'gen').exitCode).toBe(0);
    expect(readdirSync(made.at('generated')).filter((name) => name.endsWith('.gen.ts'))).toEqual([
      'billing.gen.ts',
      'orders.gen.ts',
    ]);
    expect(readFileSync(made.at('generated/orders.gen.ts'), 'utf8')).toContain("'../src/orders.service.ts'");
  });

  it('lets flags win over the configuration', () => {
    const made = project({
      'doorcall.config.ts': CONFIG.replace('] }', "], out: 'generated', importExtension: '.ts' }"),
      'src/orders.service.ts': contract('orders'),
    });
    const flags = ['--out', 'here', '--import-extension', 'none'];
    expect(doorcall(made.folder, 'gen', ...flags).exitCode).toBe(0);
    expect(readFileSync(made.at('here/orders.gen.ts'), 'utf8')).toContain("from '../src/orders.service'");
  });

  it('leaves files alone that are up to date, and generates the same text each time', () => {
    const made = project({ 'orders.service.ts': contract('orders') });
    doorcall(made.folder, 'gen', 'orders.service.ts');
    const before = statSync(made.at('orders.gen.ts'));
    const { exitCode, stdout } = doorcall(made.folder, 'gen', 'orders.service.ts');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+ files? (is|are) up to date\n$/);
    const after = statSync(made.at('orders.gen.ts'));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });

  it('generates the same text wherever the project lies', () => {
    const texts = [1, 2].map(() => {
      const made = project({ 'orders.service.ts': contract('orders') });
      doorcall(made.folder, 'gen', 'orders.service.ts');
      return readFileSync(made.at('orders.gen.ts'), 'utf8');
    });
    expect(texts[0]).toBe(texts[1]);
  });

  it('says nothing with --silent', () => {
    const made = project({ 'orders.service.ts': contract('orders') });
    const said = doorcall(made.folder, 'gen', '--silent', 'orders.service.ts');
    expect(said).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });

  it('leaves no other files behind', () => {
    const made = project({ 'orders.service.ts': contract('orders') });
    const before = new Set(readdirSync(made.folder));
    doorcall(made.folder, 'gen', 'orders.service.ts');
    const added = readdirSync(made.folder).filter((name) => !before.has(name));
    expect(added.filter((name) => !/^orders\.(gen\.ts|contract\.\w+)$/.test(name))).toEqual([]);
  });

  it('ends although the contract keeps a timer and prints', () => {
    const imports = "setInterval(() => {}, 1e6); console.log('printed');";
    const made = project({ 'orders.service.ts': contract('orders', { imports }) });
    const { exitCode, stdout, stderr } = doorcall(made.folder, 'gen', '--json', 'orders.service.ts');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
    expect(stderr).toBe('printed\n');
  });
});

describe('doorcall gen --json', () => {
  it('tells each file and what became of it', () => {
    const made = project({ 'orders.service.ts': contract('orders') });
    const states = [['gen'], ['gen'], ['gen', '--check']].map((args) => {
      const { stdout } = doorcall(made.folder, ...args, '--json', 'orders.service.ts');
      const { ok, files, diagnostics } = JSON.parse(stdout);
      expect({ ok, diagnostics }).toEqual({ ok: true, diagnostics: [] });
      return files.find(({ kind }: { readonly kind: string }) => kind === 'service');
    });
    expect(states).toEqual([
      { path: 'orders.gen.ts', kind: 'service', state: 'written' },
      { path: 'orders.gen.ts', kind: 'service', state: 'current' },
      { path: 'orders.gen.ts', kind: 'service', state: 'current' },
    ]);
  });

  it('tells failures, too', () => {
    const made = project({});
    const { exitCode, stdout, stderr } = doorcall(made.folder, 'gen', '--json', 'orders.ts');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      error: { kind: 'load', file: 'orders.ts', message: 'there is no such file' },
    });
  });
});
