import { describe, expect, it } from 'vitest';
import { CodegenError } from '../../src/codegen-error.js';
import { loadContracts } from '../../src/load/index.js';
import { type Project, project } from './support/project.js';

async function failure(made: Project, file: string): Promise<CodegenError> {
  const error = await loadContracts(made.at(file)).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(CodegenError);
  return error as CodegenError;
}

describe('a module that cannot be loaded', () => {
  it('is missing', async () => {
    const made = project({});
    const error = await failure(made, 'orders.ts');
    expect(error).toMatchObject({
      kind: 'load',
      file: made.at('orders.ts'),
      message: 'there is no such file',
    });
  });

  it('is a folder', async () => {
    const made = project({ 'orders/index.ts': '' });
    expect((await failure(made, 'orders')).message).toBe('it is no file');
  });

  it.each([
    ['a TypeScript', 'price.ts', './price.js'],
    ['a JavaScript', 'price.mjs', './price.mjs'],
    ['a CommonJS', 'price.cjs', './price.cjs'],
  ])(
    'throws in %s module: the stack leads to the line, and through nothing of ours',
    async (_, name, specifier) => {
      const exports = name.endsWith('.cjs') ? 'exports.price =' : 'export const price =';
      const made = project({
        'orders.ts': `import { price } from '${specifier}';\nexport const orders = price;\n`,
        [name]: `\n\nfunction ask() {\n  throw new RangeError('no price today');\n}\n${exports} ask();\n`,
      });
      const { message, cause } = await failure(made, 'orders.ts');
      expect(message).toContain('could not be loaded: RangeError: no price today\n');
      expect(message).toContain(`${made.at(name)}:4:`);
      expect(message).toContain(`${made.at(name)}:6:`);
      expect(message).not.toMatch(/jiti|node:internal|codegen/);
      expect(cause).toBeInstanceOf(RangeError);
    },
  );

  it('throws with causes, or throws no error at all', async () => {
    const made = project({
      'orders.ts': "throw new Error('outer', { cause: new TypeError('inner') });\n",
      'text.ts': "throw 'just text';\n",
    });
    expect((await failure(made, 'orders.ts')).message).toMatch(
      /Error: outer\n.*caused by: TypeError: inner\n/s,
    );
    expect((await failure(made, 'text.ts')).message).toContain("'just text'");
  });

  it('cannot be parsed: the place is named', async () => {
    const made = project({ 'orders.ts': 'export const a = 1;\nexport const = 2;\n' });
    expect((await failure(made, 'orders.ts')).message).toMatch(/orders\.ts:2:\d+/);
  });

  it('imports what is not there: the specifier and the importer are named', async () => {
    const made = project({ 'orders.ts': "import './nowhere.js';\n", 'b.ts': "import 'no-such-package';\n" });
    const { message } = await failure(made, 'orders.ts');
    expect(message).toContain('./nowhere.js');
    expect(message).toContain('orders.ts');
    expect((await failure(made, 'b.ts')).message).toContain('no-such-package');
  });

  it('breaks a rule of defineService', async () => {
    const made = project({
      'orders.ts':
        "import { defineService } from '@doorcall/core';\n\ndefineService('Orders', { place: {} });\n",
    });
    const { message } = await failure(made, 'orders.ts');
    expect(message).toContain('invalid service name "Orders"');
    expect(message).toContain('orders.ts:3:');
  });
});
