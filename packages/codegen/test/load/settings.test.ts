import { describe, expect, it } from 'vitest';
import { settingsFor } from '../../src/load/settings.js';
import { project } from './support/project.js';

const CONFIG = `import { defineConfig } from '@doorcall/codegen';
export default defineConfig({ contracts: ['src/*.service.ts'], out: 'generated', importExtension: '.ts' });
`;
const CONTRACTS = {
  'src/b.service.ts': '',
  'src/a.service.ts': '',
  'src/a.ts': '',
  'src/a.service.gen.ts': '',
};

describe('the settings', () => {
  it('come from the configuration above the working folder, whose paths are relative to it', async () => {
    const made = project({ 'doorcall.config.ts': CONFIG, ...CONTRACTS });
    expect(await settingsFor({ cwd: made.at('src') })).toEqual({
      files: [made.at('src/a.service.ts'), made.at('src/b.service.ts')],
      out: made.at('generated'),
      importExtension: '.ts',
      configFile: made.at('doorcall.config.ts'),
      patterns: [made.at('src/*.service.ts')],
    });
  });

  it('come from flags first, whose paths are relative to the working folder', async () => {
    const made = project({ 'doorcall.config.ts': CONFIG, ...CONTRACTS });
    const settings = await settingsFor({
      cwd: made.at('src'),
      files: ['a.ts'],
      out: 'here',
      importExtension: '',
    });
    expect(settings).toMatchObject({
      files: [made.at('src/a.ts')],
      out: made.at('src/here'),
      importExtension: '',
    });
  });

  it('need no configuration when files are named', async () => {
    const made = project(CONTRACTS);
    expect(await settingsFor({ cwd: made.folder, files: ['src/?.service.ts', 'src/a.service.ts'] })).toEqual({
      files: [made.at('src/a.service.ts'), made.at('src/b.service.ts')],
      out: undefined,
      importExtension: '.js',
      configFile: undefined,
      patterns: [made.at('src/?.service.ts'), made.at('src/a.service.ts')],
    });
  });

  it('take the nearest configuration, in JavaScript too, or the one that is named', async () => {
    const config = (file: string) => `export default { contracts: ['${file}'] };\n`;
    const made = project({
      'doorcall.config.ts': config('a.ts'),
      'deep/doorcall.config.mjs': config('b.ts'),
      'deep/er/b.ts': '',
      'deep/b.ts': '',
      'other.ts': config('c.ts'),
      'c.ts': '',
    });
    const nearest = await settingsFor({ cwd: made.at('deep/er') });
    expect(nearest).toMatchObject({
      files: [made.at('deep/b.ts')],
      configFile: made.at('deep/doorcall.config.mjs'),
    });
    const named = await settingsFor({ cwd: made.at('deep/er'), config: '../../other.ts' });
    expect(named).toMatchObject({ files: [made.at('c.ts')], configFile: made.at('other.ts') });
  });

  it('find a file whose name looks like a glob', async () => {
    const made = project({ 'src/[id].ts': '' });
    expect((await settingsFor({ cwd: made.folder, files: ['src/[id].ts'] })).files).toEqual([
      made.at('src/[id].ts'),
    ]);
  });

  it('never find generated files, declarations or packages by a glob', async () => {
    const made = project({
      'a/x.ts': '',
      'a/x.gen.ts': '',
      'a/x.d.ts': '',
      'a/node_modules/p/x.ts': '',
    });
    expect((await settingsFor({ cwd: made.folder, files: ['a/**/*.ts'] })).files).toEqual([
      made.at('a/x.ts'),
    ]);
  });
});

describe('settings that make no sense', () => {
  const failure = async (files: Record<string, string>, request = {}) => {
    const made = project(files);
    return settingsFor({ cwd: made.folder, ...request }).then(
      () => 'accepted',
      (error: Error) => error.message.replaceAll(made.folder, '<folder>'),
    );
  };
  const config = (text: string) => ({ 'doorcall.config.ts': `export default ${text};\n`, 'a.ts': '' });

  it('name no contract', async () => {
    expect(await failure({})).toContain('no contract is named and there is no doorcall.config.ts');
    expect(await failure(config('{ contracts: [] }'))).toContain('`contracts` is empty');
  });

  it('name a file or a configuration that is not there', async () => {
    expect(await failure({ 'orders.ts': '' }, { files: ['order.ts'] })).toBe(
      'there is no such file; did you mean orders.ts?',
    );
    expect(await failure({}, { config: 'none.ts' })).toBe('there is no such file');
    expect(await failure({}, { files: ['src/*.ts'] })).toBe("no file matches 'src/*.ts' in <folder>");
  });

  it('name a generated file', async () => {
    expect(await failure({ 'a.gen.ts': '' }, { files: ['a.gen.ts'] })).toContain('it is generated');
  });

  it.each([
    ["{ contract: ['a.ts'] }", "unknown key 'contract'; did you mean 'contracts'?"],
    ["{ contracts: ['a.ts'], output: 'b' }", "unknown key 'output'; did you mean 'out'?"],
    [
      "{ contracts: ['a.ts'], importextension: '' }",
      "unknown key 'importextension'; did you mean 'importExtension'?",
    ],
    ["{ contracts: ['a.ts'], colour: 1 }", "unknown key 'colour'; there are contracts, out, importExtension"],
    ["{ contracts: 'a.ts' }", '`contracts` is a list of paths or globs'],
    ['{ contracts: [1] }', '`contracts` is a list of paths or globs'],
    ["{ contracts: ['a.ts'], out: 1 }", '`out` is the path of a folder'],
    ["{ contracts: ['a.ts'], importExtension: 'js' }", "`importExtension` is '.js', '.ts' or ''"],
    ['3', 'the default export is no configuration; write `export default defineConfig({ … })`'],
  ])('%s', async (text, message) => {
    expect(await failure(config(text))).toBe(message);
  });

  it('have no default export', async () => {
    expect(await failure({ 'doorcall.config.ts': 'export const config = {};\n' })).toContain(
      'no default export',
    );
  });
});
