import { symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadContracts, serviceName } from '../../src/load/index.js';
import { contract, type Project, project } from './support/project.js';

async function namesIn(made: Project, file: string): Promise<readonly string[]> {
  return (await loadContracts(made.at(file))).map(({ service }) => serviceName(service));
}

/** A contract that only loads when what it imports was found and has run. */
const importing = (imports: string) => contract('orders', { imports, input: 'z.literal(word)' });

describe('a contract module', () => {
  it.each(['orders.ts', 'orders.mts', 'orders.js', 'orders.mjs'])('may be the ES module %s', async (file) => {
    const made = project({ [file]: contract('orders') });
    expect(await namesIn(made, file)).toEqual(['orders']);
  });

  it('may be TypeScript in a package of CommonJS modules', async () => {
    const made = project({ 'orders.ts': contract('orders') }, { type: 'commonjs' });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may use what TypeScript erases or rewrites', async () => {
    const made = project({
      'types.ts': 'export interface Order { readonly sku: string }\nexport enum Size { Small, Large }\n',
      'orders.ts': `${contract('orders', {
        imports:
          "import { type Order, Size } from './types.js';\nimport type { Order as Again } from './types.js';",
        input: 'z.enum(Size)',
      })}\nexport const example = { sku: 'tea' } satisfies Order & Again;\n`,
    });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it.each([
    ['a .js specifier that means a .ts file', './words.js', 'words.ts'],
    ['a .mjs specifier that means a .mts file', './words.mjs', 'words.mts'],
    ['a .ts specifier', './words.ts', 'words.ts'],
    ['a specifier without extension', './words', 'words.ts'],
    ['the index of a folder', './words', 'words/index.ts'],
    ['a JavaScript file', './words.js', 'words.js'],
  ])('may import by %s', async (_, specifier, file) => {
    const made = project({
      'orders.ts': importing(`import { word } from '${specifier}';`),
      [file]: "export const word = 'tea';\n",
    });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may import by the paths of the nearest tsconfig.json', async () => {
    const made = project({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@words/*": ["./elsewhere/*"] } } }',
      'elsewhere/tea.ts': "export const word = 'tea';\n",
      'src/deep/orders.ts': importing("import { word } from '@words/tea';"),
    });
    expect(await namesIn(made, 'src/deep/orders.ts')).toEqual(['orders']);
  });

  it('may import CommonJS and JSON', async () => {
    const made = project({
      'words.cjs': "module.exports = { word: 'tea' };\n",
      'sizes.json': '{ "small": 1 }',
      'orders.ts': importing(
        "import sizes from './sizes.json' with { type: 'json' };\nimport words from './words.cjs';\n" +
          'const { word } = words;\nif (sizes.small !== 1) throw new Error();',
      ),
    });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may import a package of the same workspace that is written in TypeScript', async () => {
    const made = project({
      'packages/words/package.json': '{ "name": "words", "type": "module", "exports": "./src/index.ts" }',
      'packages/words/src/index.ts': "export { word } from './word.js';\n",
      'packages/words/src/word.ts': "export const word: string = 'tea';\n",
      'orders.ts': importing("import { word } from 'words';"),
    });
    symlinkSync(made.at('packages/words'), made.at('node_modules/words'));
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may await at its top level, and so may what it imports', async () => {
    const made = project({
      'words.ts': "export const word = await new Promise<string>((tell) => setImmediate(tell, 'tea'));\n",
      'orders.ts': importing("import { word } from './words.js';\nawait Promise.resolve();"),
    });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may know where it lies', async () => {
    const made = project({
      'words.txt': 'tea',
      'orders.ts': importing(
        "import { readFileSync } from 'node:fs';\n" +
          "const word = readFileSync(new URL('./words.txt', import.meta.url), 'utf8');\n" +
          "if (!import.meta.dirname.endsWith('') || word !== 'tea') throw new Error();",
      ),
    });
    expect(await namesIn(made, 'orders.ts')).toEqual(['orders']);
  });

  it('may be CommonJS', async () => {
    const made = project({
      'orders.cjs':
        "const { defineService } = require('@doorcall/core');\n" +
        "exports.orders = defineService('orders', { place: {} });\n",
    });
    expect(await namesIn(made, 'orders.cjs')).toEqual(['orders']);
  });
});
