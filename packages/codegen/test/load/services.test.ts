import { cpSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadContracts, serviceName } from '../../src/load/index.js';
import { contract, project } from './support/project.js';

const IMPORTS = "import { defineService } from '@doorcall/core';\n";

describe('the services of a module', () => {
  it('are found among its exports, by export name', async () => {
    const made = project({
      'shop.ts': `${IMPORTS}export const orders = defineService('shop.orders', { place: {} });
        export const billing = defineService('shop.billing', { pay: {} });
        export const limit = 3; export function help() {} export class Shop {}
        export default defineService('shop.audit', { note: { oneway: true } });`,
    });
    const found = await loadContracts(made.at('shop.ts'));
    expect(found.map(({ exportName, service, file }) => [exportName, serviceName(service), file])).toEqual([
      ['billing', 'shop.billing', made.at('shop.ts')],
      ['default', 'shop.audit', made.at('shop.ts')],
      ['orders', 'shop.orders', made.at('shop.ts')],
    ]);
  });

  it('are found when the project has copies of doorcall and zod of its own', async () => {
    const made = project({ 'orders.ts': contract('orders') });
    const scope = path.join(made.folder, 'node_modules', '@doorcall');
    const core = realpathSync(path.join(scope, 'core'));
    rmSync(path.join(scope, 'core'));
    cpSync(path.join(core, 'dist'), path.join(scope, 'core', 'dist'), { recursive: true });
    cpSync(path.join(core, 'package.json'), path.join(scope, 'core', 'package.json'));
    for (const name of ['msgpackr', '@doorcall/native']) {
      const target = path.join(made.folder, 'node_modules', name);
      symlinkSync(realpathSync(path.join(core, 'node_modules', name)), target);
    }
    const zod = path.join(made.folder, 'node_modules', 'zod');
    const original = realpathSync(zod);
    rmSync(zod);
    cpSync(original, zod, { recursive: true });
    const [found] = await loadContracts(made.at('orders.ts'));
    expect(found?.service && serviceName(found.service)).toBe('orders');
  });

  it('are missing: the exports are named', async () => {
    const made = project({ 'orders.ts': 'export const orders = {};\nexport const b = 1;\n', 'empty.ts': '' });
    await expect(loadContracts(made.at('orders.ts'))).rejects.toThrow(
      'no service is exported (its exports are b, orders)',
    );
    await expect(loadContracts(made.at('empty.ts'))).rejects.toThrow('it exports nothing');
  });

  it('are refused under two names', async () => {
    const made = project({ 'orders.ts': `${contract('orders')}\nexport default orders;\n` });
    await expect(loadContracts(made.at('orders.ts'))).rejects.toThrow(
      "the service 'orders' is exported twice, as 'default' and as 'orders'",
    );
  });

  it('are refused when two have one name', async () => {
    const made = project({
      'orders.ts': `${IMPORTS}export const a = defineService('orders', { x: {} });
        export const b = defineService('orders', { y: {} });`,
    });
    await expect(loadContracts(made.at('orders.ts'))).rejects.toThrow("exported twice, as 'a' and as 'b'");
  });
});
