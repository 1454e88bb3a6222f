import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate } from '../../src/generate.js';
import { contract, type Project, project } from '../load/support/project.js';

const IMPORTS = "import { defineService } from '@doorcall/core';\nimport { z } from 'zod';\n";

const pathsOf = async (made: Project, files: readonly string[], out?: string) => {
  const generated = await generate({
    files: files.map(made.at),
    ...(out === undefined ? {} : { out: made.at(out) }),
  });
  return generated.files.map((file) => path.relative(made.folder, file.path));
};

describe('what is generated', () => {
  it('is a file of code and a snapshot for each service, beside its contract', async () => {
    const made = project({
      'b/shop.ts': `${contract('orders')}\nexport const billing = defineService('shop.billing', { pay: {} });\n`,
      'a/audit.ts': contract('audit'),
    });
    expect(await pathsOf(made, ['b/shop.ts', 'a/audit.ts'])).toEqual([
      'a/audit.contract.txt',
      'a/audit.gen.ts',
      'b/orders.contract.txt',
      'b/orders.gen.ts',
      'b/shop.billing.contract.txt',
      'b/shop.billing.gen.ts',
    ]);
  });

  it('goes into one folder when one is named', async () => {
    const made = project({ 'b/orders.ts': contract('orders'), 'a/audit.ts': contract('audit') });
    expect(await pathsOf(made, ['b/orders.ts', 'a/audit.ts'], 'out')).toEqual([
      'out/audit.contract.txt',
      'out/audit.gen.ts',
      'out/orders.contract.txt',
      'out/orders.gen.ts',
    ]);
  });

  it('imports the contract by a path from where it goes, and holds no absolute one', async () => {
    const made = project({ 'a/b/orders.mts': contract('orders') });
    const { files } = await generate({ files: [made.at('a/b/orders.mts')], out: made.at('c') });
    const code = files.find(({ kind }) => kind === 'service')?.text;
    expect(code).toContain("import { orders as contract } from '../a/b/orders.mjs';\n");
    expect(files.map(({ text }) => text).join()).not.toContain(made.folder);
  });

  it('imports a default export as such', async () => {
    const made = project({
      'orders.ts': `${IMPORTS}export default defineService('orders', { place: {} });\n`,
    });
    const { files } = await generate({ files: [made.at('orders.ts')] });
    const code = files.find(({ kind }) => kind === 'service')?.text;
    expect(code).toContain("import { default as contract } from './orders.js';\n");
    expect(code).toContain('export default service;\n');
  });

  it('tells each module before it is run', async () => {
    const made = project({ 'a.ts': contract('a'), 'b.ts': contract('b') });
    const told: unknown[] = [];
    const files = [made.at('a.ts'), made.at('b.ts')];
    await generate({ files, onContract: (file, done) => told.push([file, done]) });
    expect(told).toEqual([
      [made.at('a.ts'), 0],
      [made.at('b.ts'), 1],
    ]);
  });
});

describe('services that get into each other’s way', () => {
  it('are one service that two modules export', async () => {
    const made = project({
      'contracts/orders.ts': contract('orders'),
      'index.ts': "export * from './contracts/orders.js';\n",
    });
    await expect(pathsOf(made, ['contracts/orders.ts', 'index.ts'])).rejects.toThrow(
      "the service 'orders' is also exported by contracts/orders.ts; name only one of the two modules",
    );
  });

  it('are two of one name that would go to one place', async () => {
    const made = project({ 'a/orders.ts': contract('orders'), 'b/orders.ts': contract('orders') });
    expect(await pathsOf(made, ['a/orders.ts', 'b/orders.ts'])).toHaveLength(4);
    await expect(pathsOf(made, ['a/orders.ts', 'b/orders.ts'], 'out')).rejects.toThrow(
      "the service 'orders' is also exported by ../a/orders.ts, and both would be generated into one file",
    );
  });
});

describe('what cannot travel', () => {
  it('is told with its place, and keeps only its own service from being generated', async () => {
    const made = project({
      'shop.ts': `${IMPORTS}
        const Line = z.object({ amount: z.number(), callback: z.function() });
        export const bad = defineService('bad', { place: { input: z.object({ lines: z.array(Line) }) } });
        export const good = defineService('good', { place: {} });`,
    });
    const { files, diagnostics } = await generate({ files: [made.at('shop.ts')] });
    expect(files.map((file) => path.basename(file.path))).toEqual(['good.contract.txt', 'good.gen.ts']);
    expect(diagnostics).toMatchObject([
      {
        file: made.at('shop.ts'),
        severity: 'error',
        service: 'bad',
        method: 'place',
        side: 'input',
        path: 'lines[].callback',
      },
    ]);
  });

  it('says what of a contract no process could use', async () => {
    const made = project({
      'shop.ts': `${IMPORTS}
        import { blob } from '@doorcall/core/zod';
        const errors = { FULL: { code: 'ABORTED', data: z.object({ at: blob() }) } };
        export const shop = defineService('shop', { place: { errors } });`,
    });
    await expect(generate({ files: [made.at('shop.ts')] })).rejects.toMatchObject({
      kind: 'load',
      file: made.at('shop.ts'),
      message: 'shop.place: the data of error FULL can hold no blob, descriptor or door',
    });
  });
});
