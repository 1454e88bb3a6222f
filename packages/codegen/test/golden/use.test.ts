/** Generated files with their real codecs, as the compiler and as Biome see them, and in use. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../types/support/compile.js';
import { contracts, generatedText } from './generated-text.js';

const generated = path.join(contracts, 'shop.gen.ts');
const use = path.join(contracts, 'use.ts');
let text = '';

beforeAll(async () => {
  text = await generatedText('shop.service.ts');
});

/** What the compiler has against some code that uses the service. */
function messagesFor(code: string): string[] {
  const files = { [generated]: text, [use]: `import { shop } from './shop.gen.js';\n${code}` };
  return compile(files).map((message) => `${path.basename(message.file)}: ${message.text}`);
}

const HANDLERS = `
  async place(input, ctx) {
    const first: string = input.billing.country;
    const due: Date | undefined = input.payment.kind === 'transfer' ? input.payment.due : undefined;
    if (first === 'de') throw ctx.error('OUT_OF_STOCK', { sku: 'a' });
    return { id: '', total: { cents: 1n, currency: 'eur' }, placed: due ?? new Date() };
  },
  categories: () => ({ name: '', children: [] }),
  find_similar: ([text, limit, ...more]) => ({ [text]: [null, String(limit), ...more] }),
  prices: (skus) => new Map([...skus].map((sku) => [sku, { cents: 0n, currency: 'usd' }])),
  audit(input) {
    input.at.getTime();
  },
  ping() {},
`;

describe('the generated code', () => {
  test('compiles without being excused from it', () => {
    const checked = text.replace(/^\/\/ @ts-nocheck$/m, '');
    expect(checked).not.toBe(text);
    expect(compile({ [generated]: checked })).toEqual([]);
  });

  test('gives connect and serve their types', () => {
    const code = `
      import { connect, connectInMemory, isRpcError, serve, type ServiceClient } from '@doorcall/core';
      import type { PlaceInput, PlaceOutput, ShopV2Client, ShopV2Handlers } from './shop.gen.js';
      type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
      const same = <A, B>(_: Same<A, B>): void => {};
      const handlers: ShopV2Handlers = {${HANDLERS}};
      export const server = serve(shop, {${HANDLERS}});
      export const client = connect(shop);
      export const inMemory: ShopV2Client = connectInMemory(shop, handlers);
      same<typeof client, ShopV2Client>(true);
      same<ServiceClient<typeof shop>, ShopV2Client>(true);
      export async function call(input: PlaceInput): Promise<PlaceOutput> {
        client.place.sync(input, { timeoutMs: 5 });
        await client.ping();
        await client.audit({ what: 'x', at: 0, more: [] });
        const logged: Record<string, unknown> = input;
        try {
          return await client.place(input, { timeoutMs: 5 });
        } catch (error) {
          if (isRpcError(error, shop.place, 'OUT_OF_STOCK')) same<typeof error.data, { sku: string; left: number }>(true);
          throw logged;
        }
      }
    `;
    expect(messagesFor(code)).toEqual([]);
  });

  test.each([
    ['a wrong input', "connect(shop).prices(['a'])", /'string\[\]' is not assignable/],
    ['a missing handler', 'serve(shop, { ping() {} })', /missing the following properties/],
    ['a wrong result', `serve(shop, {${HANDLERS} prices: () => new Set() })`, /'Set<unknown>'/],
    ['an unknown method', 'connect(shop).pong()', /'pong' does not exist on type 'ShopV2Client'/],
    ['an unknown reason', "isRpcError(0, shop.place, 'NO_SUCH')", /'"NO_SUCH"' is not assignable/],
  ])('refuses %s', (_, expression, message) => {
    const found = messagesFor(
      `import { connect, isRpcError, serve } from '@doorcall/core';\nexport const x = [connect, serve, isRpcError, ${expression}];`,
    );
    expect(found.join('\n')).toMatch(message);
  });
});

describe('Biome', () => {
  // Within the repository, whose configuration counts, but not in a folder that it leaves out.
  const folder = mkdtempSync(path.join(import.meta.dirname, 'biome-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has nothing against it', () => {
    writeFileSync(path.join(folder, 'shop.gen.ts'), text);
    const biome = path.resolve(import.meta.dirname, '../../../../node_modules/.bin/biome');
    expect(() => execFileSync(biome, ['ci', folder], { stdio: 'pipe' })).not.toThrow();
    // Seen to look at it: without its head, it has.
    writeFileSync(path.join(folder, 'shop.gen.ts'), text.replaceAll(/^\/\/ biome.*$/gm, ''));
    expect(() => execFileSync(biome, ['ci', folder], { stdio: 'pipe' })).toThrow();
  });
});
